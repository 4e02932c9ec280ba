//! `circles CRATE…`: prints every circle of imports between the source files of a crate, and fails if there is one.
//!
//! A file imports another when it names an item that the other defines, by `use` or by a path in the code, also through a
//! module that only hands the name on. Tests are left out.

#![forbid(unsafe_code)]

mod imports;
mod modules;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;

/// From each file to the files it imports, with the names that it takes.
type Graph = BTreeMap<PathBuf, BTreeMap<PathBuf, BTreeSet<String>>>;

fn main() -> Result<ExitCode> {
    let mut found = false;
    for folder in std::env::args().skip(1) {
        let roots = ["src/lib.rs", "src/main.rs"].map(|root| Path::new(&folder).join(root));
        let [library, program] = &roots;
        // A crate without a library is a program.
        let tree = modules::read(if program.exists() && !library.exists() {
            program
        } else {
            library
        })?;
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
