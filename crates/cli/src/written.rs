//! Files that a command writes; they are made sure of before any work is done for them.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::failure::Usage;

/// The files of a command: what it writes is none of what it reads, and no two of them are one.
#[derive(Debug)]
pub(crate) struct Written {
    read: Vec<PathBuf>,
    written: Vec<(PathBuf, &'static str)>,
}

impl Written {
    /// Nothing yet, by a command that reads these.
    pub(crate) fn beside(read: &[impl AsRef<Path>]) -> Self {
        Self {
            read: read.iter().map(|path| place(path.as_ref())).collect(),
            written: Vec::new(),
        }
    }

    /// Makes sure that one more file can be written: it is not there or may be replaced, no other file of the command is there, and its folder
    /// takes it.
    pub(crate) fn add(&mut self, path: &Path, what: &'static str, force: bool) -> Result<()> {
        self.once(path, what)?;
        // Before anything that --force would seem to mend.
        if self.read.contains(&place(path)) {
            bail!(
                "`{}` is what this command reads, and is not overwritten: choose another name",
                path.display()
            );
        }
        check_kind(path)?;
        refuse_existing(path, force)?;
        let made_and_removed = |path: &Path| {
            let made = OpenOptions::new().write(true).create_new(true).open(path);
            made.and_then(|_| std::fs::remove_file(path))
        };
        let own = match path.exists() {
            true => OpenOptions::new().append(true).open(path).map(|_| ()),
            false => made_and_removed(path),
        };
        // What is written stands beside it first, under a longer name.
        let tried = own.and_then(|()| made_and_removed(&temporary(path)));
        tried.with_context(|| format!("`{}` cannot be written", path.display()))
    }

    /// Makes sure that nothing else of what is written stands at this path.
    pub(crate) fn once(&mut self, path: &Path, what: &'static str) -> Result<()> {
        let own = place(path);
        if let Some((_, other)) = self.written.iter().find(|(other, _)| *other == own) {
            bail!(
                "`{}` would be {other} and {what} at once: choose another name for one of them",
                path.display()
            );
        }
        self.written.push((own, what));
        Ok(())
    }
}

/// [`Written::add`] for the only file that a command writes.
pub(crate) fn make_sure(path: &Path, force: bool, read: &[impl AsRef<Path>]) -> Result<()> {
    Written::beside(read).add(path, "the result", force)
}

/// Refuses what is no file, and what no file can take the place of: opening it may wait for ever, and --force would not replace it.
fn check_kind(path: &Path) -> Result<()> {
    let kind = match path.metadata() {
        Ok(there) if there.is_file() => return Ok(()),
        Ok(there) if there.is_dir() => "a folder",
        Ok(_) => "a device or a pipe",
        Err(_) if path.is_symlink() => "a link that leads nowhere",
        Err(_) => return Ok(()),
    };
    bail!(
        "`{}` is {kind}, and no file: choose another name",
        path.display()
    )
}

/// A name as long as that under which the library writes a file before it takes its place.
fn temporary(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}-0.tmp", std::process::id()))
}

/// One path for each file, whether it is there or not.
fn place(path: &Path) -> PathBuf {
    let parent = path.parent().filter(|parent| *parent != Path::new(""));
    path.canonicalize().unwrap_or_else(|_| {
        let folder = parent.unwrap_or(Path::new(".")).canonicalize();
        match (folder, path.file_name()) {
            (Ok(folder), Some(name)) => folder.join(name),
            _ => path.to_owned(),
        }
    })
}

/// Refuses to overwrite what is there.
pub(crate) fn refuse_existing(path: &Path, force: bool) -> Result<()> {
    if !force && path.symlink_metadata().is_ok() {
        bail!(
            "`{}` is there already: choose another name, or replace it with --force",
            path.display()
        );
    }
    Ok(())
}

/// Writes a text to a file that is not there, or may be replaced: as a whole, as models are.
pub(crate) fn write_new(path: &Path, text: &str, force: bool) -> Result<()> {
    refuse_existing(path, force)?;
    Ok(gradflow::replace_file(path, text.as_bytes())?)
}

/// The same path with another end: `iris.safetensors` for `iris.ron`.
///
/// # Errors
/// Where that is no other path, as of `.`.
pub(crate) fn beside(path: &Path, end: &str) -> Result<PathBuf> {
    let other = path.with_extension(end);
    match other == path {
        false => Ok(other),
        true => Err(Usage(format!(
            "no name for what is written can be made of `{}`: say one, --out NAME",
            path.display()
        ))
        .into()),
    }
}
