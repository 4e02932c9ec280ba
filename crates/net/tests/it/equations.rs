//! `docs/equations.md` names every equation of the text, and what it and `docs/reproducibility.md` name is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The page, with its directory; nothing where the crate stands alone.
fn page(name: &str) -> Option<(String, &'static Path)> {
    let docs = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs"));
    match fs::read_to_string(docs.join(name)) {
        Ok(page) => Some((page, docs)),
        Err(error) => {
            println!("skipped: docs/{name} cannot be read ({error})");
            None
        }
    }
}

/// Links in backticks, `` [`name`](path) ``, of a line.
fn links(line: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(start) = rest.find("[`") {
        rest = &rest[start + 2..];
        let (Some(end), Some(close)) = (rest.find("`]("), rest.find(')')) else {
            break;
        };
        found.push((&rest[..end], &rest[end + 3..close]));
        rest = &rest[close..];
    }
    found
}

/// Whether a source defines a name: as an item, a variant or a function.
fn defines(source: &str, name: &str, keywords: &[&str]) -> bool {
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    source.lines().any(|line| {
        keywords.iter().any(|keyword| {
            let mut rest = line;
            while let Some(at) = rest.find(keyword) {
                rest = &rest[at + keyword.len()..];
                if rest.strip_prefix(name).is_some_and(ends) {
                    return true;
                }
            }
            false
        })
    })
}

#[test]
fn every_equation_is_computed_and_proven() {
    let Some((page, docs)) = page("equations.md") else {
        return;
    };
    let mut equations = BTreeSet::new();
    let rows = page.lines().filter(|line| line.starts_with("| "));
    let mut tests = 0;
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
        let number = cells[0].trim().trim_matches(['(', ')']).parse::<u32>();
        if let Ok(number) = number {
            assert!(equations.insert(number), "({number}) stands there twice");
            assert!(
                !links(cells[2]).is_empty(),
                "({number}) is computed nowhere"
            );
        }
        let proofs = links(cells[cells.len() - 1]);
        assert!(
            number.is_err() || !proofs.is_empty(),
            "({}) is not proven",
            cells[0]
        );
        tests += proofs.len();
        for (name, path) in links(row) {
            let source = fs::read_to_string(docs.join(path));
            let source = source.unwrap_or_else(|error| panic!("{path}: {error}"));
            let proof = proofs.contains(&(name, path));
            let keywords: &[&str] = match proof {
                true => &["fn "],
                false => &["struct ", "enum ", "trait ", "type ", "fn "],
            };
            assert!(
                defines(&source, name, keywords),
                "there is no `{name}` in {path}"
            );
            assert!(!proof || source.contains("#[test]"), "no tests in {path}");
        }
    }
    assert_eq!(equations, (1..=47).collect());
    assert!(tests > 47, "{tests} proofs");
}

#[test]
fn every_promise_of_reproducibility_has_its_test() {
    let Some((page, docs)) = page("reproducibility.md") else {
        return;
    };
    let promised = page.split("## Not promised").next().unwrap_or_default();
    let rows = promised
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(1);
    let mut tests = 0;
    for row in rows {
        let proofs = links(row);
        assert!(!proofs.is_empty(), "{row} has no test");
        for (name, path) in proofs {
            let source = fs::read_to_string(docs.join(path));
            let source = source.unwrap_or_else(|error| panic!("{path}: {error}"));
            assert!(
                defines(&source, name, &["fn "]),
                "there is no `{name}` in {path}"
            );
            tests += 1;
        }
    }
    assert!(tests >= 6, "{tests} tests");
}
