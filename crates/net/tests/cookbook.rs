//! The programs of the cookbook are as short as they are said to be. That they run, the doc tests see.

/// Title of a program and the most lines that it may have, blank ones included.
const MOST: [(&str, usize); 10] = [
    ("Classify a table", 25),
    ("Logistic regression", 12),
    ("Regression, in the targets' own units", 25),
    ("Predict from eight threads", 15),
    ("Evaluate with weights", 15),
    ("Parameters by name, to nalgebra and back", 10),
    ("Check the gradient of a function of your own", 10),
    ("Minimise a function by three rules", 12),
    ("To ONNX and back", 14),
    ("Put a run down and take it up again", 30),
];

/// No line is wider, so that a short program is not a wide one.
const WIDEST: usize = 110;

const PAGES: [&str; 4] = [
    include_str!("../cookbook/first.md"),
    include_str!("../cookbook/training.md"),
    include_str!("../cookbook/own.md"),
    include_str!("../cookbook/parts.md"),
];

/// Title and visible lines of every program of a page: under each heading stands one program.
fn programs(page: &str) -> Vec<(&str, Vec<&str>)> {
    let mut programs: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        if line.starts_with("```") {
            inside = line == "```rust";
        } else if inside {
            // What begins with `# ` is hidden in the documentation.
            if let (false, Some((_, program))) = (line.starts_with("# "), programs.last_mut()) {
                program.push(line);
            }
        } else if let Some(title) = line.strip_prefix("# ") {
            programs.push((title, Vec::new()));
        }
    }
    programs
}

#[test]
fn programs_are_as_short_as_said() {
    let programs: Vec<_> = PAGES.iter().flat_map(|page| programs(page)).collect();
    assert_eq!(programs.len(), 20);
    for (title, program) in &programs {
        assert!(
            program.iter().any(|line| line.starts_with("fn main")),
            "{title}: no program"
        );
        let wide = program.iter().find(|line| line.chars().count() > WIDEST);
        assert_eq!(
            wide, None,
            "{title}: a line of more than {WIDEST} characters"
        );
    }
    for (title, most) in MOST {
        let (_, program) = (programs.iter())
            .find(|(name, _)| *name == title)
            .expect(title);
        assert!(
            program.len() <= most,
            "{title}: {} lines of {most}",
            program.len()
        );
    }
}

#[test]
fn pages_are_listed_where_they_are_looked_for() {
    let lists = [
        (include_str!("../cookbook/README.md"), ""),
        (include_str!("../../../README.md"), "crates/net/cookbook/"),
    ];
    for (list, folder) in lists {
        for page in ["first", "training", "own", "parts"] {
            assert!(
                list.contains(&format!("{folder}{page}.md")),
                "{page} in {folder}"
            );
        }
    }
}
