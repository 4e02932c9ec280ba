//! `circles FOLDER…`: prints every circle of imports between the source files of a library or a program, and fails if there is one.
//! Each `lib.rs` and `main.rs` below a folder is the root of one.
//!
//! A file imports another when it names an item that the other defines, by `use` or by a path in the code, also through a
//! module that only hands the name on. Tests are left out.

#![forbid(unsafe_code)]

mod imports;
mod modules;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};

use imports::Graph;

fn main() -> Result<ExitCode> {
    let mut found = false;
    let mut roots = Vec::new();
    for folder in std::env::args().skip(1) {
        let before = roots.len();
        find_roots(Path::new(&folder), &mut roots)?;
        ensure!(roots.len() > before, "{folder}: no lib.rs or main.rs");
    }
    for root in roots {
        let tree = modules::read(&root)?;
        let graph = imports::graph(&tree);
        for circle in circles(&graph) {
            found = true;
            println!("a circle of {} files:", circle.len());
            for from in &circle {
                for (to, names) in graph[from].iter().filter(|(to, _)| circle.contains(*to)) {
                    let names: Vec<&str> = names.iter().map(String::as_str).collect();
                    println!(
                        "  {} -> {}: {}",
                        from.display(),
                        to.display(),
                        names.join(", ")
                    );
                }
            }
        }
    }
    Ok(if found {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// Every `lib.rs` and `main.rs` below a folder, but for tests and what was built.
fn find_roots(folder: &Path, roots: &mut Vec<PathBuf>) -> Result<()> {
    let entries = folder.read_dir();
    let entries = entries.with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        match name.unwrap_or_default() {
            "lib.rs" | "main.rs" => roots.push(path),
            "target" | "tests" => {}
            _ if path.is_dir() => find_roots(&path, roots)?,
            _ => {}
        }
    }
    Ok(())
}

/// The sets of more than one file that all reach each other.
fn circles(graph: &Graph) -> BTreeSet<BTreeSet<PathBuf>> {
    let reach: BTreeMap<&PathBuf, BTreeSet<PathBuf>> = graph
        .keys()
        .map(|file| (file, reached(graph, file)))
        .collect();
    graph
        .keys()
        .map(|file| {
            reach[file]
                .iter()
                .filter(|other| reach.get(other).is_some_and(|back| back.contains(file)))
                .cloned()
                .collect::<BTreeSet<_>>()
        })
        .filter(|circle| circle.len() > 1)
        .collect()
}

/// All files that a file imports, and those that they import, and so on.
fn reached(graph: &Graph, from: &Path) -> BTreeSet<PathBuf> {
    let mut reached = BTreeSet::new();
    let mut next = vec![from.to_path_buf()];
    while let Some(file) = next.pop() {
        for to in graph.get(&file).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(to.clone()) {
                next.push(to.clone());
            }
        }
    }
    reached
}
