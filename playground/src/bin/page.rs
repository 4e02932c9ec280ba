//! Writes the page: one file with style, programs, wasm and the digests of the native library.
//!
//! `page WASM PAGE`

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use gradflow_playground::Result;

/// The scripts, in the order in which they build on one another.
const SCRIPTS: [&str; 11] = [
    "engine",
    "state",
    "paint",
    "plots",
    "controls",
    "network",
    "player",
    "plane",
    "landscape",
    "digits",
    "main",
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [wasm, page] = arguments.as_slice() else {
        eprintln!("page WASM PAGE");
        return ExitCode::FAILURE;
    };
    match write(Path::new(wasm), Path::new(page)) {
        Ok(bytes) => {
            println!("{page}: {bytes} bytes");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn write(wasm: &Path, page: &Path) -> Result<usize> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| {
        let file = here.join("page").join(name);
        fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))
    };
    let mut scripts = String::new();
    for script in SCRIPTS {
        scripts += &read(&format!("{script}.js"))?;
    }
    let wasm = fs::read(wasm).map_err(|error| format!("{}: {error}", wasm.display()))?;
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&wasm)?;
    let wasm = STANDARD.encode(packed.finish()?);
    let digests = fs::read_to_string(here.join("tests/digests.json"))?;
    let parts = [
        ("STYLE", read("style.css")?),
        ("WORKER", read("worker.js")?),
        ("WASM", wasm),
        ("DIGESTS", digests),
        ("SCRIPTS", scripts),
    ];
    let mut text = read("page.html")?;
    for (name, part) in parts {
        let place = format!("{{{{{name}}}}}");
        if text.matches(&place).count() != 1 {
            return Err(format!("page.html: {place} stands there once").into());
        }
        text = text.replace(&place, &part);
    }
    fs::write(page, &text)?;
    Ok(text.len())
}
