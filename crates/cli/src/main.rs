//! The command `gradflow`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    gradflow_cli::main()
}
