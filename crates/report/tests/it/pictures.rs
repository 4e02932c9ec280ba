//! Reports of models that see pictures.

use gradflow::{Activation, Cost, Dataset, Model, Network};
use gradflow_report::Report;

use crate::{check, sections};

fn pictures(depth: usize) -> Dataset<f32> {
    let numbers = (0..20 * depth * 36).map(|i| ((i * 37 % 101) as f32).sin());
    let data = Dataset::classification([depth, 6, 6], numbers.collect(), (0..20).map(|s| s % 3), 3);
    data.expect("data")
}

#[test]
fn samples_filters_and_activations_are_pictures() {
    for depth in [1, 3] {
        let network = Network::builder([depth, 6, 6])
            .conv(4, [3, 3], Activation::Relu)
            .max_pool([2, 2]);
        let network = network
            .dense(3, Activation::Identity)
            .build()
            .expect("a network");
        let model = Model::new(network, Cost::classification(), 1).expect("a model");
        let data = pictures(depth);
        let html = Report::new(&model)
            .evaluate(&data)
            .to_html()
            .expect("a page");
        check(&html);
        assert!(!sections(&html).contains(&"Importance of the columns"));
        let section = |id: &str| {
            html.split(&format!("<section id=\"{id}\""))
                .nth(1)
                .expect("a section")
                .split("</section>")
                .next()
                .expect("its end")
        };
        assert_eq!(section("filters").matches("<img ").count(), 4 * depth);
        // The sample, four channels, four channels, three numbers in a row.
        assert_eq!(
            section("activations").matches("<img ").count(),
            1 + 4 + 4 + 1
        );
        assert!(section("samples").matches("<img ").count() > 0);
        assert!(section("samples").contains("taken for"));
    }
}

#[test]
fn a_dense_layer_that_sees_pictures_shows_its_weights_as_pictures() {
    let network = Network::<f32>::builder([1, 6, 6])
        .dense(3, Activation::Identity)
        .build()
        .expect("a network");
    let model = Model::new(network, Cost::classification(), 1).expect("a model");
    let html = Report::new(&model).to_html().expect("a page");
    check(&html);
    assert_eq!(html.matches("<img ").count(), 3);
}
