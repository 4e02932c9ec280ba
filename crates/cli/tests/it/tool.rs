//! Runs the command.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use gradflow_testing::Folder;

/// What the command did.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A folder of a test's own, in which the command is run.
pub(crate) struct Tool(pub(crate) Folder);

impl Tool {
    pub(crate) fn new(test: &str) -> Self {
        Self(Folder::new(&format!("cli-{test}")))
    }

    /// One with the table of the iris flowers, and an experiment made of it.
    pub(crate) fn iris(test: &str) -> Self {
        let tool = Self::new(test);
        std::fs::copy(data("iris/iris.csv"), tool.0.join("iris.csv")).expect("a copy");
        tool.does("new iris.csv");
        tool
    }

    pub(crate) fn command(&self, arguments: &[impl AsRef<OsStr>]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gradflow"));
        command.args(arguments).current_dir(&*self.0);
        command.stdin(Stdio::null());
        command
    }

    /// Runs it with arguments separated by blanks.
    pub(crate) fn run(&self, arguments: &str) -> Done {
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        Done::of(self.command(&arguments).output().expect("it runs"))
    }

    /// The same where all must go well; what it printed.
    pub(crate) fn does(&self, arguments: &str) -> String {
        let done = self.run(arguments);
        assert_eq!(done.code, Some(0), "{arguments}: {}", done.err);
        assert_eq!(done.err, "", "{arguments} is quiet in logs");
        done.out
    }

    /// The same with something on the standard input.
    pub(crate) fn fed(&self, arguments: &str, input: &[u8]) -> Done {
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        let mut command = self.command(&arguments);
        command.stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let mut stdin = child.stdin.take().expect("an input");
        std::thread::scope(|scope| {
            // What it answers meanwhile is read below; it may have enough before the end.
            scope.spawn(move || stdin.write_all(input));
            Done::of(child.wait_with_output().expect("it ends"))
        })
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.0.join(name), text).expect("written");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).expect("a text")
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.join(name).exists()
    }
}

impl Done {
    fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Self {
            code: output.status.code(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }
}

/// A file of the examples.
pub(crate) fn data(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/data");
    folder.join(name).canonicalize().expect("the file is there")
}

/// The number of a key in the closing line.
pub(crate) fn value(out: &str, key: &str) -> f64 {
    let last = out.lines().last().expect("a closing line");
    let pair = last
        .split(' ')
        .find_map(|pair| pair.strip_prefix(&format!("{key}=")));
    pair.unwrap_or_else(|| panic!("no {key} in {last}"))
        .parse()
        .expect("a number")
}
