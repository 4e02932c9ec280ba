//! Generated source, compiled by the compiler that is there.

use std::fs;
use std::process::Command;

use gradflow_benches::Net;

use crate::row::Failure;

/// What is compiled behind the source: the same windows as elsewhere, by wall time, since nothing but `std` is there.
const MAIN: &str = r#"
fn main() {
    let x: [f32; INPUTS] = core::array::from_fn(|i| ((i * 7919) % 1000) as f32 / 1000.0);
    let mut calls = |n: usize| {
        let start = std::time::Instant::now();
        for _ in 0..n {
            std::hint::black_box(net::predict(std::hint::black_box(&x)));
        }
        start.elapsed().as_secs_f64() / n as f64
    };
    calls(20);
    let n = ((0.001 / calls(10)) as usize).max(1);
    let mut times: Vec<f64> = (0..401).map(|_| calls(n)).collect();
    times.sort_by(f64::total_cmp);
    println!("| NAME | LETTER | 1 | {:.3} | {:.3} |", times[200] * 1e6, times[40] * 1e6);
}
"#;

/// The rows of plain code, and of code for machines with AVX2.
pub(crate) fn row(net: Net) -> Result<(), Failure> {
    let source = gradflow_codegen::rust(&net.model(1)?)?;
    let folder = std::env::temp_dir().join(format!("gradflow-predict-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    for (name, cpu) in [("generated", "x86-64"), ("generated, v3", "x86-64-v3")] {
        let main = (MAIN.replace("INPUTS", &net.sizes().0.to_string()))
            .replace("NAME", name)
            .replace("LETTER", &net.letter().to_string());
        let file = folder.join("main.rs");
        fs::write(&file, format!("mod net {{\n{source}}}\n{main}"))?;
        let mut rustc = Command::new("rustc");
        rustc.args(["--edition=2021", "-Copt-level=3"]);
        if cfg!(target_arch = "x86_64") {
            rustc.arg(format!("-Ctarget-cpu={cpu}"));
        }
        let program = folder.join("program");
        match rustc.arg(&file).arg("-o").arg(&program).output() {
            Ok(output) if output.status.success() => {
                let output = Command::new(&program).output()?;
                print!("{}", String::from_utf8_lossy(&output.stdout));
            }
            Ok(output) => return Err(String::from_utf8_lossy(&output.stderr).into()),
            Err(error) => println!("skipped: rustc cannot be run ({error})"),
        }
    }
    Ok(fs::remove_dir_all(&folder)?)
}
