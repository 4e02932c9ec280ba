//! What a network in fixed point takes of memory, by the tables that are printed.

use super::plan::Pieces;
use super::steps::Printer;
use crate::plan::{INPUT, Plan, buffer};
use crate::print;
use crate::writer::{Language, Number};

/// The steps of the network, by a printer that has its tables.
pub(super) fn printed(pieces: &Pieces, language: Language, prefix: &str) -> Printer {
    let network = &pieces.network;
    let mut printer = Printer::new(language, prefix.to_owned(), network.numbers.clone());
    let buffers = network.plan.buffers.iter().zip(&network.numbers);
    for (number, (len, of)) in buffers.enumerate().skip(INPUT + 1) {
        printer.body.array(*of, &buffer(number), *len);
    }
    for (at, step) in network.plan.steps.iter().enumerate() {
        printer.step(at, step);
    }
    printer
}

/// Bytes of constants, and of memory on the stack at most.
pub(super) fn sizes(pieces: &Pieces) -> [usize; 2] {
    let network = &pieces.network;
    let printer = printed(pieces, Language::C, "");
    let bytes = |(len, number): (&usize, &Number)| len * number.bytes();
    let inside: usize = (network.plan.buffers.iter().zip(&network.numbers))
        .skip(INPUT + 1)
        .map(bytes)
        .sum();
    let inside = inside + printer.sums;
    // The inputs and outputs of the integers stand in the function that calls all three.
    let numbers = network.plan.inputs * network.input.number.bytes()
        + network.plan.outputs * network.output.number.bytes();
    let floats =
        |plan: &Plan, more: usize| 4 * (plan.buffers.iter().skip(INPUT + 1).sum::<usize>() + more);
    let parts = [
        inside,
        floats(&pieces.before, 0),
        floats(&pieces.after, network.plan.outputs),
    ];
    let constants = [&pieces.before, &pieces.after].map(|plan| {
        let printer = print::steps(plan, Language::C, "");
        4 * printer.constants
    });
    [
        printer.constants + constants.iter().sum::<usize>(),
        numbers + parts.into_iter().max().unwrap_or_default(),
    ]
}
