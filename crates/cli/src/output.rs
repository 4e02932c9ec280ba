//! What goes to the standard output, and into files.

use std::io::{self, BufWriter, StdoutLock};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// The standard output, written in blocks; `println!` would panic where nobody reads.
pub(crate) fn stdout() -> BufWriter<StdoutLock<'static>> {
    BufWriter::new(io::stdout().lock())
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

/// Writes a text to a file that is not there, or may be replaced.
pub(crate) fn write_new(path: &Path, text: &str, force: bool) -> Result<()> {
    refuse_existing(path, force)?;
    std::fs::write(path, text).with_context(|| format!("`{}` cannot be written", path.display()))
}

/// The same path with another end: `iris.safetensors` for `iris.ron`.
pub(crate) fn beside(path: &Path, end: &str) -> PathBuf {
    path.with_extension(end)
}

/// A number with nine significant digits, without zeros behind: what an `f32` needs to come back.
pub(crate) fn significant(x: f64) -> String {
    if x == 0.0 || !x.is_finite() {
        return format!("{x}");
    }
    let scientific = format!("{x:.8e}");
    let exponent = scientific.rsplit('e').next().and_then(|e| e.parse().ok());
    let text = match exponent {
        Some(exponent @ -5..=8) => {
            let decimals = usize::try_from(8 - exponent).unwrap_or(0);
            format!("{x:.decimals$}")
        }
        _ => scientific,
    };
    let (digits, power) = match text.split_once('e') {
        Some((digits, power)) => (digits, format!("e{power}")),
        None => (text.as_str(), String::new()),
    };
    let digits = match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.'),
        false => digits,
    };
    format!("{digits}{power}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_digits_bring_every_f32_back() {
        let bits = (0..2000_u32).map(|i| i.wrapping_mul(2_147_001));
        for x in bits.map(f32::from_bits).filter(|x| x.is_finite()) {
            let text = significant(f64::from(x));
            assert_eq!(text.parse::<f32>(), Ok(x), "{text}");
            let digits = text.split('e').next().unwrap_or_default();
            let digits = digits.replace(['.', '-'], "");
            assert!(digits.trim_start_matches('0').len() <= 9, "{text}");
        }
        assert_eq!(significant(0.25), "0.25");
        assert_eq!(significant(-1e-7), "-1e-7");
        assert_eq!(significant(123_456_789.0), "123456789");
        assert_eq!(significant(3e10), "3e10");
        assert_eq!(significant(1.0 / 3.0), "0.333333333");
    }
}
