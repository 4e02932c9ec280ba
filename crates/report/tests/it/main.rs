//! The structure of reports.

mod classes;
mod hostile;
mod page;
mod pictures;
mod recorder;
mod values;

use std::collections::BTreeSet;

/// What every page has to be, whatever is in it.
fn check(html: &str) {
    assert!(html.starts_with("<!DOCTYPE html>"));
    assert!(html.contains("<html lang=\"en\">") && html.contains("<title>"));
    assert_eq!(html.matches("<h1>").count(), 1);
    assert!(html.len() < 3_000_000, "{} bytes", html.len());
    // Nothing is fetched, nothing runs.
    for forbidden in [
        "<script", "http://", "https://", "@import", "url(", "<iframe", "onload=",
    ] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
    for (attribute, begin) in [("src=\"", "data:image/png;base64,"), ("href=\"", "")] {
        for address in html.split(attribute).skip(1) {
            let inside = address.starts_with('#') || address.starts_with("data:");
            assert!(inside && (address.starts_with(begin)), "{}", &address[..40]);
        }
    }
    // Each picture is said in words, each heading cell says of what.
    assert_eq!(
        html.matches("<img ").count(),
        html.matches(" alt=\"").count()
    );
    assert_eq!(
        html.matches("role=\"img\"").count(),
        html.matches("role=\"img\" aria-label=\"").count()
    );
    let plots = html.matches("<svg ").count() - html.matches("aria-hidden=\"true\"").count();
    assert_eq!(plots, html.matches("role=\"img\"").count());
    assert_eq!(html.matches("<th>").count(), 0);
    // No number was drawn that is none.
    for wrong in ["NaN", "=\"inf", ",inf", "=\"-inf"] {
        assert!(!html.contains(wrong), "{wrong}");
    }
    let ids = html
        .split(" id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    let ids: Vec<&str> = ids.collect();
    assert_eq!(
        ids.len(),
        ids.iter().collect::<BTreeSet<_>>().len(),
        "{ids:?}"
    );
    for link in html
        .split("href=\"#")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
    {
        assert!(ids.contains(&link), "{link}");
    }
    headings(html);
    balanced(html);
}

/// No level of the headings is left out.
fn headings(html: &str) {
    let mut last = 0;
    for rest in html.split("<h").skip(1) {
        let Some(level) = rest.chars().next().and_then(|c| c.to_digit(10)) else {
            continue; // <html, <head, <header
        };
        assert!(level <= last + 1, "level {level} after {last}");
        last = level;
    }
}

/// Elements that have no end.
const VOID: [&str; 4] = ["meta", "link", "img", "br"];

/// Every element is closed, in order.
fn balanced(html: &str) {
    let mut open: Vec<&str> = Vec::new();
    for rest in html.split('<').skip(1) {
        let name = rest
            .split(|c: char| c == '>' || c.is_whitespace())
            .next()
            .unwrap_or("");
        match name.strip_prefix('/') {
            _ if name.starts_with('!') || VOID.contains(&name) => {}
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None => open.push(name),
        }
    }
    assert_eq!(open, [""; 0]);
}

/// The titles of the sections, in order.
fn sections(html: &str) -> Vec<&str> {
    let headings = html.split("<h2 ").skip(1);
    let titles = headings.filter_map(|rest| rest.split('>').nth(1)?.split('<').next());
    titles.collect()
}

/// The plot of this title.
fn plot<'h>(html: &'h str, title: &str) -> &'h str {
    let after = html.split_once(&format!("<figcaption>{title}</figcaption>"));
    let (plot, _) = after
        .and_then(|(_, rest)| rest.split_once("</svg>"))
        .expect("a plot");
    plot
}
