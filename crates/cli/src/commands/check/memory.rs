//! How much memory a training takes.

use gradflow::Trial;
use gradflow::data::AnyDataset;

/// The memory of data, parameters and passes.
pub(crate) fn estimate(trial: &Trial<f32>) -> String {
    let network = trial.model.network();
    let parts = [
        Some(&trial.train),
        trial.validation.as_ref(),
        trial.test.as_ref(),
    ];
    let data = parts.into_iter().flatten().map(|part| match part {
        AnyDataset::Memory(part) => {
            let targets = part.targets().values().map_or(0, |y| y.data().len());
            let labels = part.labels().map_or(0, <[usize]>::len);
            4 * (part.inputs().data().len() + targets) + size_of::<usize>() * labels
        }
        AnyDataset::Disk(_) => 0,
    });
    let parameters = network.parameters();
    let batch = trial.experiment.protocol.batch.min(trial.train.len());
    let (room, output) = (network.spec().train, network.output().len());
    // Scratch, outputs and their slopes; the inputs of the mini-batch.
    let each = room.each + 2 * output + network.input().len() + output;
    let pass = room.fixed.saturating_add(each.saturating_mul(batch));
    format!(
        "data {}, {parameters} parameters {} and as much for their gradient and each moment of the rule, a mini-batch of {batch} {}",
        bytes(data.sum::<usize>() as f64),
        bytes(4.0 * parameters as f64),
        bytes(4.0 * pass as f64)
    )
}

/// Bytes in words.
fn bytes(bytes: f64) -> String {
    let units = [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)];
    match units.into_iter().find(|(_, size)| bytes >= *size) {
        Some((unit, size)) => format!("{:.1} {unit}", bytes / size),
        None => format!("{bytes:.0} B"),
    }
}
