//! What goes to the standard output.

use std::io::{self, BufWriter, IsTerminal as _, StdoutLock, Write};

/// The standard output for words, written in blocks; `println!` would panic where nobody reads. Control characters are [escaped].
pub(crate) fn stdout() -> Words<BufWriter<StdoutLock<'static>>> {
    Words {
        to: BufWriter::new(io::stdout().lock()),
        escape: true,
    }
}

/// The standard output for data, which a file gets as they are, and a terminal [escaped].
pub(crate) fn stdout_of_data() -> Words<BufWriter<StdoutLock<'static>>> {
    let escape = io::stdout().is_terminal();
    Words { escape, ..stdout() }
}

/// A writer of text.
#[derive(Debug)]
pub(crate) struct Words<W> {
    to: W,
    escape: bool,
}

impl<W: Write> Write for Words<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.escape {
            true => {
                let text = String::from_utf8_lossy(bytes);
                self.to.write_all(escaped(&text).as_bytes())?;
            }
            false => self.to.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// The text with all control characters but tabs and ends of lines written as Rust writes them, so that no name out of a file can steer a terminal.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_control() && c != '\n' && c != '\t' {
            true => safe.extend(c.escape_default()),
            false => safe.push(c),
        }
    }
    safe
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
    fn control_characters_are_escaped() {
        let raw = "a\x1b]0;b\x07\r\u{9b}ü\t\n";
        let safe = "a\\u{1b}]0;b\\u{7}\\r\\u{9b}ü\t\n";
        assert_eq!(escaped(raw), safe);
        for (escape, expected) in [(true, safe), (false, raw)] {
            let mut words = Words {
                to: Vec::new(),
                escape,
            };
            write!(words, "{raw}").expect("written");
            assert_eq!(words.to, expected.as_bytes());
        }
    }

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
