//! The page around the sections.

use maud::{DOCTYPE, PreEscaped, html};

use crate::section::Section;

/// The page's style sheet.
const STYLE: &str = include_str!("page.css");

/// The whole page.
pub(crate) fn page(title: &str, date: Option<&str>, sections: &[Section]) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                // Browsers ask for an icon of their own accord; this one is nothing.
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#overview" { "To the report" }
                header {
                    h1 { (title) }
                    @if let Some(date) = date { p { time { (date) } } }
                }
                nav aria-label="Sections" {
                    ul { @for section in sections { li { a href=(format!("#{}", section.id)) { (section.title) } } } }
                }
                main {
                    @for section in sections {
                        section id=(section.id) aria-labelledby=(format!("{}-heading", section.id)) {
                            h2 id=(format!("{}-heading", section.id)) { (section.title) }
                            (section.body)
                        }
                    }
                }
                footer { p { "Made by gradflow " (env!("CARGO_PKG_VERSION")) "." } }
            }
        }
    };
    page.into_string()
}
