//! `gradflow completions`.

use std::io::Write as _;

use anyhow::Result;
use clap_complete::Shell;

use crate::output::stdout;

/// Writes completions for a shell, such as `gradflow completions bash > ~/.local/share/bash-completion/completions/gradflow`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell.
    shell: Shell,
}

pub(crate) fn run(args: &Args, mut whole: clap::Command) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut whole, "gradflow", &mut script);
    let mut out = stdout();
    out.write_all(&script)?;
    Ok(out.flush()?)
}
