//! What every layer makes of every sample of a batch.

use gradflow::layers::{Cx, Own};
use gradflow::{Batch, Model, Shape};

use crate::Result;

/// The outputs of every layer for all samples, sample after sample; the last ones through the cost's output map.
pub(crate) fn activations(model: &Model<f32>, x: &[f32]) -> Result<Vec<(Shape<3>, Vec<f32>)>> {
    let chain = model.network().chain();
    let input = model.network().input();
    let samples = Batch::new(x, input.len())?.samples();
    let mut layers: Vec<(Shape<3>, Vec<f32>)> = Vec::with_capacity(chain.layers().len());
    for (l, layer) in chain.layers().enumerate() {
        let place = chain.range(l).zip(chain.state_range(l));
        let (Some((theta, state)), Some(sites)) = (place, chain.sites(l)) else {
            break; // every layer of a chain has its place
        };
        let own = Own {
            theta: &model.theta()[theta],
            state: &model.state()[state],
        };
        let spec = layer.spec();
        let mut scratch = vec![0.0; spec.predict.of(samples)];
        let mut p = vec![0.0; spec.output.len() * samples];
        let from = match layers.last() {
            Some((shape, p)) => shape.columns(p, samples),
            None => input.columns(x, samples),
        };
        let out = spec.output.columns_mut(&mut p, samples);
        let cx = Cx::predict(model.workers()).at(sites.start);
        layer.forward(own, from, out, &mut scratch, cx);
        layers.push((spec.output, p));
    }
    if let Some((shape, p)) = layers.last_mut() {
        model.cost().map(shape.columns_mut(p, samples));
    }
    Ok(layers)
}
