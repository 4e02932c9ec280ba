//! Parts of the page.

use maud::{Markup, html};

/// A part of the page with a heading.
#[derive(Debug)]
pub(crate) struct Section {
    /// Where links lead.
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) body: Markup,
}

impl Section {
    pub(crate) fn new(id: &'static str, title: &'static str, body: Markup) -> Self {
        Self { id, title, body }
    }
}

/// A table of names and values.
pub(crate) fn facts(caption: &str, rows: &[(String, String)]) -> Markup {
    html! {
        @if !rows.is_empty() {
            (scrolling(caption, html! {
                table.facts {
                    caption { (caption) }
                    @for (name, value) in rows {
                        tr { th scope="row" { (name) } td { (value) } }
                    }
                }
            }))
        }
    }
}

/// A table with a row of headings; the first cell of each row is its heading.
pub(crate) fn table(caption: &str, head: &[String], rows: &[Vec<String>]) -> Markup {
    let words: Vec<bool> = (0..head.len())
        .map(|column| is_words(rows, column))
        .collect();
    scrolling(
        caption,
        html! {
            table {
                caption { (caption) }
                thead { tr { @for (cell, words) in head.iter().zip(&words) { th.words[*words] scope="col" { (cell) } } } }
                tbody {
                    @for row in rows {
                        tr {
                            @for (i, (cell, words)) in row.iter().zip(&words).enumerate() {
                                @if i == 0 { th.words[*words] scope="row" { (cell) } } @else { td.words[*words] { (cell) } }
                            }
                        }
                    }
                }
            }
        },
    )
}

/// Whether a column holds words rather than numbers.
fn is_words(rows: &[Vec<String>], column: usize) -> bool {
    let cells = rows.iter().filter_map(|row| row.get(column));
    let begins = |cell: &String| cell.chars().next().is_some_and(char::is_alphabetic);
    cells.filter(|cell| begins(cell) && *cell != "none").count() > 0
}

/// A table of numbers whose cells are more than text.
pub(crate) fn table_of(caption: &str, head: &[String], rows: &[Vec<Markup>]) -> Markup {
    scrolling(
        caption,
        html! {
            table {
                caption { (caption) }
                thead { tr { @for cell in head { th scope="col" { (cell) } } } }
                tbody {
                    @for row in rows {
                        tr {
                            @for (i, cell) in row.iter().enumerate() {
                                @if i == 0 { th scope="row" { (cell) } } @else { td { (cell) } }
                            }
                        }
                    }
                }
            }
        },
    )
}

/// A place of its own for what may be wider than the page: it scrolls, by the keyboard too.
pub(crate) fn scrolling(name: &str, body: Markup) -> Markup {
    html! { div.scroll tabindex="0" role="region" aria-label=(name) { (body) } }
}

/// A row of names.
pub(crate) fn head(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
