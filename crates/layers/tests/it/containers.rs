//! Chains and branches: what they say of themselves, what they refuse, and what a network asks of its outermost chain.

use std::sync::Arc;

use crate::*;
use gradflow_kernels::Workers;
use gradflow_layers::strategies::{self, registry};
use gradflow_layers::{
    Activation, Branches, Chain, Conv, Cx, Dense, Describe, Init, Join, Layer, LayerError,
    LayerFault, Own, Pass, Recipe, Room, Spec, residual,
};
use gradflow_tensor::Shape;
use gradflow_testing::config;
use proptest::prelude::*;

fn shape(dims: [usize; 3]) -> Shape<3> {
    Shape::new(dims).unwrap()
}

fn dense(input: Shape<3>, outputs: usize) -> Arc<dyn Layer<f64>> {
    Arc::new(Dense::new(input, outputs, Activation::Tanh).unwrap())
}

/// A layer that says whatever it is told to.
#[derive(Debug)]
struct Says(Spec);

impl Describe for Says {
    fn spec(&self) -> &Spec {
        &self.0
    }
}

impl Layer<f64> for Says {
    fn forward(
        &self,
        _: Own<f64>,
        _: gradflow_tensor::Batch<f64>,
        _: gradflow_tensor::BatchMut<f64>,
        _: &mut [f64],
        _: Cx,
    ) {
    }

    fn backward(&self, _: Own<f64>, _: Pass<f64>, _: &mut [f64], _: Cx) {}
}

/// Layers of a few sizes for one input, as a chain.
fn chains() -> impl Strategy<Value = Chain<f64>> {
    let drafts = prop::collection::vec(
        strategies::nesting_with_state(strategies::activation()),
        0..=5,
    );
    drafts.prop_map(|drafts| {
        let input = shape([2, 4, 3]);
        let mut reads = input;
        let mut layers = Vec::new();
        for draft in drafts {
            let layer = draft.layer(reads).unwrap();
            reads = layer.spec().output;
            layers.push(layer);
        }
        Chain::new(input, layers).unwrap()
    })
}

proptest! {
    #![proptest_config(config(100))]

    /// Ranges of parameters, state and sites follow one another; the outputs of hidden layers are those of the layers alone.
    #[test]
    fn parts_are_where_they_are_said_to_be(chain in chains(), x in numbers(2 * 24)) {
        let spec = chain.spec();
        let (mut theta_end, mut state_end, mut site) = (0, 0, 1);
        for (l, layer) in chain.layers().enumerate() {
            prop_assert_eq!(chain.range(l), Some(theta_end..theta_end + layer.spec().parameters()));
            prop_assert_eq!(chain.state_range(l), Some(state_end..state_end + layer.spec().state_len()));
            prop_assert_eq!(chain.sites(l), Some(site..site + layer.spec().sites));
            theta_end += layer.spec().parameters();
            state_end += layer.spec().state_len();
            site += layer.spec().sites;
        }
        prop_assert_eq!((theta_end, state_end, site), (spec.parameters(), spec.state_len(), spec.sites));
        let none = chain.layers().len();
        prop_assert!(chain.range(none).is_none() && chain.state_range(none).is_none() && chain.sites(none).is_none());

        let theta = wave(spec.parameters());
        let (workers, state) = (Workers::inline(), state(&chain));
        let cx = Cx::train(&workers, draw());
        let (p, scratch) = run(&chain, &theta, &state, &x, cx);
        let mut input = x;
        for (l, layer) in chain.layers().enumerate() {
            let (theta, state) = (&theta[chain.range(l).unwrap()], &state[chain.state_range(l).unwrap()]);
            input = run(layer, theta, state, &input, cx.at(chain.sites(l).unwrap().start)).0;
            let output = chain.output(l, &scratch, 2).map(|p| p.data().to_vec());
            prop_assert_eq!(output, (l + 1 < none).then(|| input.clone()));
        }
        prop_assert_eq!(input, p);
        prop_assert!(chain.output(0, &scratch[..scratch.len().saturating_sub(1)], 2).is_none());
    }

    /// Layers before the first are not visited: their gradient is left, the others' has the same bits.
    #[test]
    fn a_gradient_can_begin_later(chain in chains(), x in numbers(2 * 24), first in any::<prop::sample::Index>()) {
        let spec = chain.spec();
        let first = first.index(chain.layers().len() + 1);
        let theta = wave(spec.parameters());
        let (workers, state) = (Workers::inline(), state(&chain));
        let cx = Cx::train(&workers, draw());
        let mut p_bar = wave(2 * spec.output.len());
        let (whole, _) = pass(&chain, &theta, &state, &x, &p_bar, false, cx);
        let (p, mut scratch) = run(&chain, &theta, &state, &x, cx);
        let mut theta_bar = vec![f64::NAN; theta.len()];
        let pass = Pass {
            x: spec.input.columns(&x, 2),
            p: spec.output.columns(&p, 2),
            scratch: &mut scratch,
            p_bar: spec.output.columns_mut(&mut p_bar, 2),
            x_bar: None,
        };
        let own = Own { theta: &theta, state: &state };
        chain.backward_from(first, own, pass, &mut theta_bar, cx);
        let from = chain.range(first).map_or(theta.len(), |range| range.start);
        prop_assert!(theta_bar[..from].iter().all(|bar| bar.is_nan()));
        prop_assert_eq!(&theta_bar[from..], &whole[from..]);
    }
}

fn wave(len: usize) -> Vec<f64> {
    (0..len).map(|i| (1.0 + i as f64).sin()).collect()
}

/// Whether the gradient is certain to be finite: where there are so many more parameters than activations that a look at
/// these is worth it, all layers sum products, and nothing is huge.
#[test]
fn ordinary_numbers_need_no_look() {
    let input = shape([120, 1, 1]);
    let recipe = |last: Recipe| {
        let relu = Activation::Relu;
        Recipe::Chain(vec![
            Recipe::dense(60, relu.clone()),
            Recipe::dense(20, relu),
            last,
        ])
    };
    let certain = |last: Recipe, x: f64, first: usize| {
        let layer = recipe(last).on::<f64>(input, &registry()).unwrap();
        let layers = recipes_of(&*layer);
        let chain = Chain::new(input, layers).unwrap();
        let spec = chain.spec();
        let theta: Vec<f64> = wave(spec.parameters()).iter().map(|x| 0.1 * x).collect();
        let (workers, state) = (Workers::inline(), state(&chain));
        let cx = Cx::train(&workers, draw());
        let x = vec![x; 120 * 2];
        let (p, mut scratch) = run(&chain, &theta, &state, &x, cx);
        let mut p_bar = vec![1.0; p.len()];
        let mut theta_bar = vec![f64::NAN; theta.len()];
        let pass = Pass {
            x: input.columns(&x, 2),
            p: spec.output.columns(&p, 2),
            scratch: &mut scratch,
            p_bar: spec.output.columns_mut(&mut p_bar, 2),
            x_bar: None,
        };
        let own = Own {
            theta: &theta,
            state: &state,
        };
        let certain = chain.backward_from(first, own, pass, &mut theta_bar, cx);
        let from = chain.range(first).unwrap().start;
        assert!(!certain || theta_bar[from..].iter().all(|bar| bar.is_finite()));
        certain
    };
    let linear = || Recipe::dense(20, Activation::Identity);
    assert!(certain(linear(), 1.0, 0));
    assert!(!certain(linear(), f64::NAN, 0));
    assert!(
        !certain(linear(), 1e155, 0),
        "squares near the largest number"
    );
    // What is not a sum of products is looked at by whoever needs to know.
    assert!(!certain(Recipe::named("batch norm", []), 1.0, 0));
    assert!(
        certain(Recipe::Activation(Activation::Tanh), 1.0, 0),
        "no parameters"
    );
}

/// The layers of a chain's recipe, one by one.
fn recipes_of(layer: &dyn Layer<f64>) -> Vec<Arc<dyn Layer<f64>>> {
    let Some(Recipe::Chain(recipes)) = layer.recipe() else {
        panic!("a chain")
    };
    let mut reads = layer.spec().input;
    let build = |recipe: &Recipe| {
        let layer = recipe.on::<f64>(reads, &registry()).unwrap();
        reads = layer.spec().output;
        layer
    };
    recipes.iter().map(build).collect()
}

/// Sums and concatenations by hand, and the memory of both.
#[test]
fn branches_by_hand() {
    let input = shape([2, 1, 1]);
    let linear = |outputs| -> Arc<dyn Layer<f64>> {
        Arc::new(Dense::new(input, outputs, Activation::Identity).unwrap())
    };
    let skip = || -> Arc<dyn Layer<f64>> { Arc::new(Chain::new(input, vec![]).unwrap()) };
    let (x, p_bar) = ([1.0, 2.0, 3.0, 4.0], [1.0, 10.0, 100.0, 1000.0]);

    let sum = residual(input, linear(2)).unwrap();
    let theta = [1.0, 1.0, 0.0, 2.0, 0.5, -1.0]; // p = x + (x_0 + x_1 + 1/2, 2 x_1 - 1)
    assert_eq!(forward(&sum, &theta, &x), [4.5, 5.0, 10.5, 11.0]);
    assert_eq!(predict(&sum, &theta, &x), [4.5, 5.0, 10.5, 11.0]);
    let (theta_bar, x_bar) = backward(&sum, &theta, &x, &p_bar);
    assert_eq!(x_bar, [2.0, 31.0, 200.0, 3100.0]);
    assert_eq!(theta_bar, [301.0, 402.0, 3010.0, 4020.0, 101.0, 1010.0]);
    // The skip takes no memory, the last branch no copy of `p_bar`: 16 for F's output, 16 for its x_bar, for each sample.
    assert_eq!(
        (sum.spec().train, sum.spec().predict),
        (Room { fixed: 0, each: 32 }, Room::NONE)
    );

    let concat = Branches::new(input, Join::Concat, vec![linear(1), skip()]).unwrap();
    assert_eq!(concat.spec().output, shape([3, 1, 1]));
    let theta = [1.0, 1.0, 0.5];
    assert_eq!(forward(&concat, &theta, &x), [3.5, 1.0, 2.0, 7.5, 3.0, 4.0]);
    assert_eq!(predict(&concat, &theta, &x), [3.5, 1.0, 2.0, 7.5, 3.0, 4.0]);
    let (theta_bar, x_bar) = backward(&concat, &theta, &x, &[1.0, 10.0, 100.0, 2.0, 20.0, 200.0]);
    assert_eq!(x_bar, [11.0, 101.0, 22.0, 202.0]);
    assert_eq!(theta_bar, [7.0, 10.0, 3.0]);

    // Twice the same: all skips.
    let twice = Branches::new(input, Join::Sum, vec![skip(), skip()]).unwrap();
    assert_eq!(forward(&twice, &[], &x), [2.0, 4.0, 6.0, 8.0]);
    assert_eq!(
        backward(&twice, &[], &x, &p_bar).1,
        [2.0, 20.0, 200.0, 2000.0]
    );
}

#[test]
fn an_empty_chain_is_the_skip() {
    let skip = Chain::<f64>::new(shape([1, 2, 1]), vec![]).unwrap();
    assert_eq!(
        (&skip.spec().name[..], skip.spec().train),
        ("skip", Room::NONE)
    );
    let x = [1.0, -2.0];
    assert_eq!(forward(&skip, &[], &x), x);
    assert_eq!(
        backward(&skip, &[], &x, &[3.0, 4.0]),
        (vec![], vec![3.0, 4.0])
    );
    assert_eq!(skip.recipe(), Some(Recipe::Chain(vec![])));
}

/// A prediction needs two buffers, as wide as the hidden outputs that they take in turn, and the largest scratch; training
/// keeps all.
#[test]
fn memory_of_a_chain() {
    let custom: Activation = strategies::custom().into();
    let mut input = shape([3, 1, 1]);
    let first = input;
    let mut layers: Vec<Arc<dyn Layer<f64>>> = Vec::new();
    for outputs in [20, 5, 40, 7] {
        let layer = Dense::new(input, outputs, custom.clone()).unwrap();
        input = layer.spec().output;
        layers.push(Arc::new(layer));
    }
    let chain = Chain::new(first, layers).unwrap();
    // Hidden outputs 20, 5, 40: buffers of 48 (40) and 16 (5).
    assert_eq!(chain.spec().predict, Room { fixed: 0, each: 64 });
    // Outputs 32 + 16 + 48, slopes 32 + 16 + 48 + 16, and the bars.
    assert_eq!(
        chain.spec().train,
        Room {
            fixed: 0,
            each: 96 + 112 + 64
        }
    );
}

#[test]
fn refusals_name_the_layer() {
    let input = shape([4, 1, 1]);
    let message = |error: LayerError| error.to_string();
    let mismatch = Chain::new(input, vec![dense(input, 3), dense(input, 2)]).unwrap_err();
    assert_eq!(mismatch.path, [1]);
    assert_eq!(
        message(mismatch),
        "layer 1 (dense 2 tanh): reads samples of 4, but samples of 3 come: make the layer for the shape that comes"
    );
    let inner = Chain::new(shape([3, 1, 1]), vec![dense(shape([3, 1, 1]), 3)]).unwrap();
    let error = residual::<f64>(input, Arc::new(inner)).unwrap_err();
    assert_eq!(
        message(error),
        "layer 0 (chain of 1 layer): reads samples of 3, but samples of 4 come: make the layer for the shape that comes"
    );
    let error = residual(input, dense(input, 3)).unwrap_err();
    assert_eq!(
        message(error),
        "layer 0 (dense 3 tanh): puts out 3, but a residual adds its input, 4: let the last layer put out \
         4, or replace the skip by a layer that puts out 3 (`branches` with `Join::Sum`)"
    );
    let error = Branches::<f64>::new(input, Join::Sum, vec![]).unwrap_err();
    assert_eq!(
        message(error),
        "sum of 0: there is no branch: give at least one"
    );
    let picture = shape([1, 4, 4]);
    let conv = |size| -> Arc<dyn Layer<f64>> {
        Arc::new(Conv::new(picture, 2, size, Activation::Relu).unwrap())
    };
    let error = Branches::new(picture, Join::Concat, vec![conv([2, 2]), conv([2, 3])]).unwrap_err();
    assert_eq!(
        message(error),
        "layer 1 (conv 2@2x3 relu): puts out 2x3x2, but branch 0 puts out 2x3x3: branches that are concatenated have the \
         same vertical and horizontal size"
    );
}

#[test]
fn descriptions_that_do_not_hold_together_are_refused() {
    let one = shape([1, 1, 1]);
    let zero = Init::Constant(0.0);
    let spec = || {
        Spec::new("mine", one, one)
            .block("a", [2, 3], zero)
            .block("b", [4], zero)
    };
    let broken = |mend: &dyn Fn(&mut Spec)| {
        let mut spec = spec();
        mend(&mut spec);
        let alone = spec.check().expect_err("broken");
        let error = Chain::new(one, vec![Arc::new(Says(spec))]).expect_err("broken");
        // By what they say, since NaN is not equal to itself.
        assert_eq!(alone.within(0).to_string(), error.to_string());
        error.fault
    };
    assert_eq!(spec().check(), Ok(()));
    let blocks = |block: &str| LayerFault::Blocks {
        block: block.into(),
    };
    assert_eq!(
        broken(&|spec| spec.blocks[1].range = 7..11),
        blocks("b"),
        "a gap"
    );
    assert_eq!(
        broken(&|spec| spec.blocks[1].range = 5..9),
        blocks("b"),
        "an overlap"
    );
    assert_eq!(
        broken(&|spec| spec.blocks[0].range = 1..7),
        blocks("a"),
        "not from 0"
    );
    assert_eq!(
        broken(&|spec| spec.blocks[0].dims = vec![2, 2]),
        blocks("a"),
        "another size"
    );
    #[expect(clippy::reversed_empty_ranges)]
    let reversed = 6..2;
    assert_eq!(
        broken(&|spec| spec.blocks[1].range = reversed.clone()),
        blocks("b")
    );
    let push = |spec: &mut Spec, dims: Vec<usize>| *spec = spec.clone().block("c", dims, zero);
    assert_eq!(broken(&|spec| push(spec, vec![usize::MAX, 2])), blocks("c"));
    assert_eq!(broken(&|spec| push(spec, vec![usize::MAX])), blocks("c"));
    assert_eq!(
        broken(&|spec| push(spec, vec![1 << 62])),
        LayerFault::TooManyParameters
    );
    assert_eq!(
        broken(&|spec| spec.blocks[1].name = "a".into()),
        LayerFault::SameName { block: "a".into() }
    );
    assert_eq!(
        broken(&|spec| *spec = spec.clone().state("a", [1], zero)),
        LayerFault::SameName { block: "a".into() }
    );
    assert!(matches!(
        broken(&|spec| spec.blocks[0].init = Init::Constant(f64::NAN)),
        LayerFault::InitScale { .. } | LayerFault::InitValue { .. }
    ));
    for (low, high) in [(1.0, 0.0), (1.0, 1.0), (f64::NAN, 1.0), (0.0, f64::NAN)] {
        let fault = broken(&|spec| spec.output_range = (low, high));
        assert_eq!(
            fault.to_string(),
            format!(
                "there are no outputs between {low} and {high}: `output_range` takes the lower bound first"
            )
        );
    }
    let counts = |least_samples, sites| LayerFault::Counts {
        least_samples,
        sites,
    };
    assert_eq!(broken(&|spec| spec.least_samples = 0), counts(0, 1));
    assert_eq!(broken(&|spec| spec.sites = 0), counts(1, 0));
}

/// Each layer alone can be addressed; their sum cannot. Rooms that overflow are told, not wrapped.
#[test]
fn sums_may_not_overflow() {
    let one = shape([1, 1, 1]);
    let vast = |n: usize| -> Arc<dyn Layer<f64>> {
        let spec = Spec::new("vast", one, one).block("a", [n], Init::Constant(0.0));
        Arc::new(Says(spec))
    };
    let most = isize::MAX as usize / 8;
    assert!(Chain::new(one, vec![vast(most)]).is_ok());
    let error = Chain::new(one, vec![vast(most / 2), vast(most / 2), vast(2)]).unwrap_err();
    assert_eq!(
        (&error.path[..], error.fault),
        (&[2][..], LayerFault::TooManyParameters)
    );
    let error = Branches::new(one, Join::Sum, vec![vast(most), vast(1)]).unwrap_err();
    assert_eq!(
        (&error.path[..], error.fault),
        (&[1][..], LayerFault::TooManyParameters)
    );

    let greedy = || -> Arc<dyn Layer<f64>> {
        let room = Room {
            fixed: usize::MAX / 2,
            each: usize::MAX / 2,
        };
        Arc::new(Says(Spec::new("greedy", one, one).room(room, room)))
    };
    let chain = Chain::new(one, vec![greedy(), greedy(), greedy()]).unwrap();
    assert_eq!(
        (chain.spec().train.of(3), chain.spec().train.checked(3)),
        (usize::MAX, None)
    );
    assert_eq!(chain.spec().predict.checked(2), None);
    assert_eq!(Room { fixed: 1, each: 2 }.checked(3), Some(7));
}

/// A layer of which nothing can be told has no recipe, nor has what holds it.
#[test]
fn what_cannot_be_described_has_no_recipe() {
    let one = shape([1, 1, 1]);
    let says = || -> Arc<dyn Layer<f64>> { Arc::new(Says(Spec::new("mine", one, one))) };
    let chain = Chain::new(one, vec![dense(one, 1), says()]).unwrap();
    assert_eq!(chain.recipe(), None);
    assert_eq!(residual(one, says()).unwrap().recipe(), None);
    assert!(residual(one, dense(one, 1)).unwrap().recipe().is_some());
}
