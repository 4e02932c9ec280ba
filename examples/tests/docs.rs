//! What README, book and the other pages promise of themselves: narrow programs, every equation, links that lead somewhere, examples that
//! are there. That the programs run, the doc tests see.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// No line of a code block is wider, and no line of the book's prose.
const WIDEST: usize = 80;

/// Title of a program and the most lines that it may have, blank ones included.
const MOST: [(&str, usize); 13] = [
    ("Classify a table", 25),
    ("Regression, in the targets' own units", 25),
    ("A layer of your own", 49),
    ("A loss of your own", 20),
    ("An update rule of your own", 31),
    ("Check a gradient", 10),
    ("Parameters by name, to nalgebra and back", 10),
    ("Minimise a closure with three rules", 12),
    ("Predict from eight threads", 15),
    ("Evaluate with weights", 15),
    ("Two classes on one output", 20),
    ("To ONNX and back", 13),
    ("Put a run down and take it up again", 30),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn markdown(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut pages: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .collect();
    pages.sort();
    assert!(!pages.is_empty(), "{folder}");
    pages
}

/// The chapters, without the table of contents.
fn chapters() -> Vec<PathBuf> {
    let mut pages = markdown("docs/book/src");
    pages.retain(|page| !page.ends_with("SUMMARY.md"));
    pages
}

struct Block<'a> {
    /// The heading above it.
    title: &'a str,
    /// What stands behind the fence.
    kind: &'a str,
    lines: Vec<&'a str>,
}

/// The code blocks of a page, and its lines outside of them.
fn split(page: &str) -> (Vec<Block<'_>>, Vec<&str>) {
    let (mut blocks, mut prose) = (Vec::<Block>::new(), Vec::new());
    let (mut inside, mut title) = (false, "");
    for line in page.lines() {
        if let Some(kind) = line.strip_prefix("```") {
            inside = !inside;
            if inside {
                blocks.push(Block {
                    title,
                    kind,
                    lines: Vec::new(),
                });
            }
        } else if inside {
            blocks.last_mut().expect("a block").lines.push(line);
        } else {
            if line.starts_with('#') {
                title = line.trim_start_matches('#').trim();
            }
            prose.push(line);
        }
    }
    assert!(!inside, "a block has no end");
    (blocks, prose)
}

#[test]
fn lines_are_narrow() {
    let wide = |line: &&str| line.chars().count() > WIDEST;
    let readme = root().join("README.md");
    for path in chapters().into_iter().chain([readme.clone()]) {
        let page = read(&path);
        let (blocks, prose) = split(&page);
        let lines = blocks.iter().flat_map(|block| &block.lines).copied();
        let found: Vec<&str> = lines.filter(|line| wide(line)).collect();
        assert!(found.is_empty(), "{}: {found:#?}", path.display());
        if path != readme {
            // Rows of tables cannot be broken, nor links.
            let lines = prose.iter().copied();
            let mut lines = lines.filter(|line| !line.starts_with('|') && !line.contains("]("));
            assert_eq!(lines.find(|line| wide(line)), None, "{}", path.display());
        }
    }
}

#[test]
fn every_chapter_is_listed_and_compiled() {
    let summary = read(&root().join("docs/book/src/SUMMARY.md"));
    let compiled = read(&root().join("examples/src/docs.rs"));
    for path in chapters() {
        let name = path.file_name().and_then(|n| n.to_str()).expect("a name");
        assert!(summary.contains(&format!("({name})")), "{name}");
        assert!(compiled.contains(&format!("src/{name}\"")), "{name}");
    }
    assert_eq!(summary.matches(".md)").count(), chapters().len());
}

#[test]
fn every_block_is_a_whole_program() {
    for path in chapters() {
        let page = read(&path);
        for block in split(&page).0 {
            let place = format!("{}, {}", path.display(), block.title);
            match block.kind {
                "rust" => {}
                "text" | "sh" => continue,
                kind => panic!("{place}: a block of {kind:?}"),
            }
            let has = |part: &str| block.lines.iter().any(|line| line.contains(part));
            assert!(has("fn main") && has("assert"), "{place}");
            // A page is read as plain Markdown too, where these would be seen.
            let hidden = block.lines.iter().find(|line| line.starts_with("# "));
            assert_eq!(hidden, None, "{place}");
        }
    }
}

#[test]
fn chapters_begin_with_a_program_and_what_it_prints() {
    for path in chapters() {
        let page = read(&path);
        let (blocks, place) = (split(&page).0, path.display());
        let kind = match path.ends_with("command.md") {
            true => "sh",
            false => "rust",
        };
        let mut programs = blocks.iter().filter(|block| block.kind == kind);
        let first = programs.next().expect("a program");
        let title = first.title;
        assert!(page.starts_with(&format!("# {title}\n")), "{place}");
        let lines = first.lines.iter().filter(|line| !line.is_empty());
        assert!(lines.count() <= 15, "{place} begins with a long program");
        let prints = first.lines.iter().any(|line| line.contains("println!"));
        assert!(prints || kind == "sh", "{place} prints nothing");
        let after = page
            .split("```\n")
            .find(|part| part.starts_with("\nIt prints"));
        assert!(after.is_some(), "{place} does not say what it prints");
    }
}

#[test]
fn programs_are_as_short_as_said() {
    let pages: Vec<String> = chapters().iter().map(|path| read(path)).collect();
    let blocks: Vec<Block> = pages.iter().flat_map(|page| split(page).0).collect();
    for (title, most) in MOST {
        let mut found = blocks
            .iter()
            .filter(|block| block.title == title && block.kind == "rust");
        let lines = found.next().expect(title).lines.len();
        assert!(lines <= most, "{title}: {lines} lines of {most}");
        assert!(found.next().is_none(), "{title} stands there twice");
    }
}

/// The text's equations in the order of the chapters, each once.
#[test]
fn every_equation_has_its_place() {
    let mut numbers = Vec::new();
    for chapter in ["descent", "rules", "logistic", "dense", "conv"] {
        let page = read(&root().join(format!("docs/book/src/{chapter}.md")));
        for block in split(&page).0.iter().filter(|block| block.kind == "text") {
            for line in &block.lines {
                let Some((_, number)) = line.rsplit_once(" (") else {
                    continue;
                };
                let number = number.strip_suffix(')').and_then(|n| n.parse::<u32>().ok());
                numbers.extend(number);
            }
        }
    }
    assert_eq!(numbers, (1..=47).collect::<Vec<_>>());
}

/// What GitHub and mdBook make of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading
        .trim()
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .collect::<String>();
    kept.replace(' ', "-")
}

/// Targets of links and pictures: `](target)`, and `[name]: target` at the beginning of a line.
fn links(prose: &str) -> Vec<String> {
    let inline = prose.split("](").skip(1);
    let mut found: Vec<String> = inline
        .filter_map(|rest| rest.split(')').next())
        .map(str::to_owned)
        .collect();
    for line in prose.lines().filter(|line| line.starts_with('[')) {
        if let Some((_, target)) = line.split_once("]: ") {
            found.push(target.trim().to_owned());
        }
    }
    found
}

#[test]
fn links_lead_somewhere() {
    let mut pages = [markdown("docs"), markdown("docs/book/src")].concat();
    for page in ["README.md", "examples/README.md", "examples/data/README.md"] {
        pages.push(root().join(page));
    }
    let mut checked = 0;
    for path in pages {
        let page = read(&path);
        let prose = split(&page).1.join("\n");
        let chapter = path.starts_with(root().join("docs/book/src"));
        for link in links(&prose) {
            if link.contains("://") {
                continue;
            }
            // mdBook writes `.html` for `.md`, of other pages too.
            let page = link.split('#').next().is_some_and(|l| l.ends_with(".md"));
            assert!(
                !(chapter && page && link.contains('/')),
                "{}: {link}",
                path.display()
            );
            let (file, part) = link.split_once('#').unwrap_or((&link, ""));
            let target = match file {
                "" => path.clone(),
                file => path.parent().expect("a folder").join(file),
            };
            assert!(target.exists(), "{}: {link}", path.display());
            if !part.is_empty() {
                let text = read(&target);
                let headings = split(&text).1;
                let mut headings = headings.iter().filter(|line| line.starts_with('#'));
                let known = headings.any(|line| anchor(line.trim_start_matches('#')) == part);
                assert!(known, "{}: {link}", path.display());
            }
            checked += 1;
        }
    }
    assert!(checked > 200, "{checked} links");
}

/// The ladder has no gap; each rung is listed, and run by the script that runs all examples.
#[test]
fn examples_are_listed_and_run() {
    let manifest = read(&root().join("examples/Cargo.toml"));
    let listed = read(&root().join("examples/README.md"));
    let script = root().join(".ci/examples");
    let script = script.exists().then(|| read(&script));
    let names: BTreeSet<&str> = manifest
        .lines()
        .filter_map(|line| line.strip_prefix("name = \""))
        .filter_map(|rest| rest.strip_suffix('"'))
        .filter(|name| *name != "gradflow-examples")
        .collect();
    for name in &names {
        assert!(listed.contains(&format!("[`{name}`]")), "{name}");
        let run = format!("\nrun {name}");
        assert!(script.as_ref().is_none_or(|s| s.contains(&run)), "{name}");
    }
    let ladder: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| name.starts_with(|c: char| c.is_ascii_digit()))
        .collect();
    let numbers: Vec<String> = ladder.iter().map(|name| name[..2].to_owned()).collect();
    let all: Vec<String> = (1..=15).map(|n| format!("{n:02}")).collect();
    assert_eq!(numbers, all);
    // Commands that are written down are of examples that are there.
    let pages = [
        markdown("docs"),
        markdown("docs/book/src"),
        vec![root().join("README.md")],
    ];
    for path in pages.concat() {
        let page = read(&path);
        for rest in page.split("--example ").skip(1) {
            let name = rest.split([' ', '`', '\n']).next().unwrap_or_default();
            assert!(names.contains(name), "{}: {name}", path.display());
        }
    }
}
