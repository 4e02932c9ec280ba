//! The commands of README and book, run as they stand there, each block in a folder of its own with the data of this repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gradflow_testing::Folder;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The blocks of a page that run the command, without what is for `cargo`.
fn blocks(page: &str) -> Vec<String> {
    let blocks = page.split("```sh\n").skip(1);
    let blocks = blocks.filter_map(|rest| rest.split("```").next());
    let lines = |block: &str| -> String {
        let lines = block.lines().filter(|line| !line.starts_with("cargo "));
        lines.map(|line| format!("{line}\n")).collect()
    };
    let ours = |block: &String| block.contains("gradflow ");
    blocks.map(lines).filter(ours).collect()
}

fn pages() -> Vec<PathBuf> {
    let mut pages = vec![
        root().join("README.md"),
        root().join("crates/cli/README.md"),
    ];
    let book = fs::read_dir(root().join("docs/book/src"));
    pages.extend(
        book.into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path()),
    );
    pages.retain(|page| page.exists());
    pages
}

#[test]
fn commands_that_are_written_down_run() {
    let binary = Path::new(env!("CARGO_BIN_EXE_gradflow"));
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", binary.parent().expect("a folder").display());
    let table = root().join("examples/data/iris/iris.csv");
    if cfg!(windows) || !table.exists() {
        return println!("skipped: no shell, or no data");
    }
    let mut run = 0;
    for page in pages() {
        for block in blocks(&fs::read_to_string(&page).expect("a page")) {
            let folder = Folder::new("docs");
            fs::copy(&table, folder.join("iris.csv")).expect("a copy");
            fs::write(
                folder.join("rows.csv"),
                "5.1,3.5,1.4,0.2\n6.7,3.0,5.2,2.3\n",
            )
            .expect("rows");
            let output = Command::new("sh")
                .args(["-euc", &block])
                .current_dir(&*folder)
                .env("PATH", &path)
                .output()
                .expect("a shell");
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(
                output.status.success(),
                "{}:\n{block}\n{errors}",
                page.display()
            );
            if block.contains("gradflow predict") {
                let answers = String::from_utf8_lossy(&output.stdout);
                assert!(answers.contains("setosa"), "{}:\n{answers}", page.display());
            }
            run += 1;
        }
    }
    assert!(run >= 4, "{run} blocks");
}
