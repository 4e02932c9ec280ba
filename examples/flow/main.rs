//! Draws what update rules do, and counts the gradients that they need: the figures of `docs/higher-order.md`.
//!
//! `cargo run --release --example flow`

mod conditioning;
mod landscapes;
mod stability;
mod table;
mod training;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;

/// Do higher-order methods allow larger learning rates, and so fewer iterations? Pictures, tables and counts.
#[derive(Parser)]
struct Args {
    /// Directory for the pictures.
    #[arg(long, default_value = "target/flow", value_name = "DIR")]
    out: PathBuf,
    /// Gradients of the whole training set that every rule may spend on a network; 0 leaves the training out.
    #[arg(long, default_value_t = 240)]
    budget: usize,
    /// Pictures of landscapes and stability alone.
    #[arg(long)]
    quick: bool,
    /// Seed of the network's weights and of the shuffling.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> Result<()> {
    let args = Args::parse();
    std::fs::create_dir_all(&args.out)
        .with_context(|| format!("cannot make the directory {}", args.out.display()))?;

    landscapes::draw(&args.out)?;
    stability::draw(&args.out)?;
    stability::print();
    if args.quick {
        return Ok(());
    }
    conditioning::draw(&args.out)?;
    table::print()?;
    if args.budget > 0 {
        training::print(args.budget, args.seed)?;
    }
    println!("pictures in {}", args.out.display());
    println!("{}", conditioning::closing_line()?);
    Ok(())
}
