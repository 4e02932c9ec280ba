//! Numbers and names as people read them.

/// A number with about so many significant digits.
pub(crate) fn number(value: f64) -> String {
    let size = value.abs();
    let text = match value {
        _ if value.is_nan() => "not a number".to_owned(),
        _ if value.is_infinite() && value > 0.0 => "∞".to_owned(),
        _ if value.is_infinite() => "-∞".to_owned(),
        0.0 => "0".to_owned(),
        _ if !(1e-4..1e6).contains(&size) => format!("{value:.2e}"),
        _ => {
            let before = size.log10().floor() as i32;
            let digits = (3 - before).clamp(0, 7) as usize;
            let text = format!("{value:.digits$}");
            match text.contains('.') {
                true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
                false => text,
            }
        }
    };
    minus(&text)
}

/// With a minus sign that is as wide as a digit.
pub(crate) fn minus(text: &str) -> String {
    text.replace('-', "\u{2212}")
}

/// A fraction in per cent.
pub(crate) fn percent(fraction: f64) -> String {
    // A narrow space that does not break.
    minus(&format!("{:.1}\u{202f}%", 100.0 * fraction))
}

/// A whole number, with thin spaces between its thousands.
pub(crate) fn whole(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A span of time in a unit that suits it.
pub(crate) fn seconds(seconds: f64) -> String {
    match seconds {
        s if s >= 7200.0 => format!("{:.1} h", s / 3600.0),
        s if s >= 120.0 => format!("{:.1} min", s / 60.0),
        s if s >= 1.0 => format!("{s:.1} s"),
        s if s >= 1e-3 => format!("{:.1} ms", 1e3 * s),
        s => format!("{:.1} µs", 1e6 * s),
    }
}

/// So many of something.
pub(crate) fn count(count: usize, one: &str, several: &str) -> String {
    format!(
        "{} {}",
        whole(count),
        if count == 1 { one } else { several }
    )
}

/// The beginning of a name that is too long for its place.
pub(crate) fn short(name: &str, most: usize) -> String {
    let name: String = name
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if name.chars().count() <= most {
        return name;
    }
    let kept: String = name.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}
