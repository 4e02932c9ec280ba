//! What the text of a field says: a number, a yes or no, a date, nothing at all.

use gradflow_real::Real;

/// What a field says, read as a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Field<T> {
    /// A finite number; `true` and `yes` are 1, `false` and `no` are 0.
    Number(T),
    /// A number that the type does not hold.
    Infinite,
    /// A mark for what is missing.
    Missing,
    /// Anything else.
    Text,
}

impl<T: Real> Field<T> {
    /// Reads a text without blanks around it.
    pub(crate) fn of(text: &str, decimal_comma: bool) -> Self {
        match number(text, decimal_comma) {
            Some(x) if T::is_finite(x) => Self::Number(x),
            _ if is_missing(text) => Self::Missing,
            Some(_) => Self::Infinite,
            None => match boolean(text) {
                Some(yes) => Self::Number(if yes { T::ONE } else { T::ZERO }),
                None => Self::Text,
            },
        }
    }
}

/// The number nearest to the text in its own type. With a decimal comma a point is none, since it may stand between thousands.
fn number<T: Real>(text: &str, decimal_comma: bool) -> Option<T> {
    if !decimal_comma {
        return parse(text);
    }
    match text.contains('.') {
        true => None,
        false => parse(&text.replacen(',', ".", 1)),
    }
}

/// By way of `f64`, an `f32` would be rounded twice.
fn parse<T: Real>(text: &str) -> Option<T> {
    let number = match T::NAME {
        "f32" => f64::from(text.parse::<f32>().ok()?),
        _ => text.parse().ok()?,
    };
    Some(T::from_f64(number))
}

/// Whether a field is a mark for what is missing.
pub(crate) fn is_missing(text: &str) -> bool {
    ["", "?", "na", "n/a", "#n/a", "<na>", "nan", "-nan", "null"]
        .iter()
        .any(|mark| text.eq_ignore_ascii_case(mark))
}

/// A yes or no.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    let is = |words: [&str; 2]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    match (is(["true", "yes"]), is(["false", "no"])) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

/// Whether a text is a number with separators of thousands: `1,000`, `-1,234.5`, `1.234,5`, `1'000`, `1 000`. A point alone separates them only
/// where the decimal sign is a comma.
pub(crate) fn has_thousands(text: &str, decimal_comma: bool) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let separators = [',', '.', '\'', '’', ' ', '\u{a0}', '\u{202f}'];
    let Some(separator) = text.chars().find(|c| separators.contains(c)) else {
        return false;
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    // The decimal sign is the other one.
    let (whole, fraction) = match text.rsplit_once(['.', ',']) {
        Some((whole, fraction)) if !text[whole.len()..].starts_with(separator) => {
            (whole, Some(fraction))
        }
        _ => (text, None),
    };
    let mut groups = whole.split(separator);
    let first = groups.next().unwrap_or_default();
    let sure = separator != '.' || decimal_comma || fraction.is_some();
    sure && (1..=3).contains(&first.len())
        && digits(first)
        && groups.all(|group| group.len() == 3 && digits(group))
        && fraction.is_none_or(digits)
}

/// Whether a text looks like a date: three groups of digits between `-`, `/` or `.`, one of them a year or all of two digits at most, perhaps
/// with a time behind it.
pub(crate) fn is_date(text: &str) -> bool {
    let day = text.split([' ', 'T']).next().unwrap_or_default();
    let Some(sign) = day.chars().find(|c| ['-', '/', '.'].contains(c)) else {
        return false;
    };
    let groups: Vec<&str> = day.split(sign).take(4).collect();
    let digits = |group: &&str| {
        (1..=4).contains(&group.len()) && group.bytes().all(|byte| byte.is_ascii_digit())
    };
    let [first, middle, last] = groups.as_slice() else {
        return false;
    };
    groups.iter().all(digits)
        && middle.len() <= 2
        && matches!((first.len(), last.len()), (4, 1 | 2) | (1 | 2, 2 | 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_say_what_they_are() {
        let of = |text| Field::<f32>::of(text, false);
        assert_eq!(of("1.5e1"), Field::Number(15.0));
        assert_eq!(of("1e39"), Field::Infinite);
        assert_eq!(of("nan"), Field::Missing);
        assert_eq!(of("-inf"), Field::Infinite);
        assert_eq!(of("Yes"), Field::Number(1.0));
        assert_eq!(of("FALSE"), Field::Number(0.0));
        assert_eq!(of("1,5"), Field::Text);
        let comma = |text| Field::<f64>::of(text, true);
        assert_eq!(comma("-1,5"), Field::Number(-1.5));
        assert_eq!(comma("7"), Field::Number(7.0));
        assert_eq!(comma("1.234,5"), Field::Text);
        assert_eq!(comma("1.234"), Field::Text);
        assert_eq!(comma("1,2,3"), Field::Text);
    }

    #[test]
    fn thousands_are_known() {
        for text in [
            "1,000",
            "-12,345,678",
            "1,234.5",
            "1.234,5",
            "1'000",
            "1 000",
            "1\u{a0}000,5",
        ] {
            assert!(has_thousands(text, false), "{text}");
        }
        assert!(has_thousands("1.234", true));
        for text in [
            "",
            "999",
            "1.234",
            "1,5",
            "1,0000",
            ",000",
            "1234,567",
            "a,000",
            "1,000,5",
            "10.100.200.255",
            "1,000x",
        ] {
            assert!(!has_thousands(text, false), "{text}");
        }
    }

    #[test]
    fn dates_are_known() {
        for date in [
            "2024-01-31",
            "31.1.2024",
            "1/31/24",
            "2024/1/3 17:05",
            "2024-01-31T00:00:00Z",
        ] {
            assert!(is_date(date), "{date}");
        }
        for other in [
            "",
            "1.5",
            "1-2",
            "red",
            "192.168.0.1",
            "10.0.0.1",
            "1.2.3",
            "2024",
            "12-345-6789",
            "1e-5",
            "-1.2.34",
        ] {
            assert!(!is_date(other), "{other}");
        }
    }
}
