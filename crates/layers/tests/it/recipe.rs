//! Recipes as text and as layers, and what is refused on the way.

use std::sync::Arc;

use gradflow_layers::strategies::registry;
use gradflow_layers::{
    Activation, ActivationLayer, Init, Join, LayerFault, Padding, Recipe, Registry, Remainder,
};
use gradflow_tensor::Shape;

fn build(recipe: &Recipe, input: [usize; 3]) -> Result<Recipe, gradflow_layers::LayerError> {
    let layer = recipe.on::<f64>(Shape::new(input).unwrap(), &registry())?;
    Ok(layer.recipe().expect("every layer of the library has one"))
}

/// Every recipe of the library, as short as it can be written, with its input.
fn all() -> Vec<(&'static str, Recipe, [usize; 3])> {
    let tanh = || Activation::Tanh;
    vec![
        (
            r#"{"Dense":{"outputs":3,"activation":"Tanh"}}"#,
            Recipe::dense(3, tanh()),
            [2, 3, 3],
        ),
        (
            r#"{"Dense":{"outputs":3,"activation":{"LeakyRelu":0.2},"init":"HeNormal","bias_init":{"Uniform":0.1}}}"#,
            Recipe::dense(3, Activation::LeakyRelu(0.2))
                .init(Init::HeNormal)
                .bias_init(Init::Uniform(0.1)),
            [2, 3, 3],
        ),
        (
            r#"{"Conv":{"filters":4,"window":{"size":[3,2]},"activation":"Tanh"}}"#,
            Recipe::conv(4, [3, 2], tanh()),
            [1, 5, 5],
        ),
        (
            r#"{"Conv":{"filters":4,"window":{"size":[3,3],"stride":[2,2],"padding":{"Both":[1,0]}},"activation":"Tanh","init":"GlorotNormal"}}"#,
            Recipe::conv(4, [3, 3], tanh())
                .stride([2, 2])
                .padding([1, 0])
                .init(Init::GlorotNormal),
            [1, 5, 5],
        ),
        (
            r#"{"MaxPool":{"window":{"size":[2,2]}}}"#,
            Recipe::max_pool([2, 2]),
            [1, 4, 4],
        ),
        (
            r#"{"AvgPool":{"window":{"size":[2,2],"stride":[1,2]}}}"#,
            Recipe::avg_pool([2, 2]).stride([1, 2]),
            [1, 4, 4],
        ),
        (
            r#"{"Conv":{"filters":4,"groups":2,"window":{"size":[1,3],"dilation":[1,2],"padding":"Causal"},"activation":"Tanh"}}"#,
            Recipe::conv1d(4, 3, tanh())
                .groups(2)
                .dilation([1, 2])
                .padding(Padding::Causal),
            [2, 1, 4],
        ),
        (
            r#"{"Depthwise":{"window":{"size":[3,3],"stride":[2,2],"padding":{"Sides":{"front":[0,1],"behind":[1,0]}},"remainder":"Floor"},"activation":"Tanh","init":"HeNormal"}}"#,
            Recipe::depthwise([3, 3], tanh())
                .stride([2, 2])
                .padding(Padding::Sides {
                    front: [0, 1],
                    behind: [1, 0],
                })
                .remainder(Remainder::Floor)
                .init(Init::HeNormal),
            [3, 5, 6],
        ),
        (
            r#"{"AvgPool":{"window":{"size":[3,3],"stride":[2,2],"padding":"Same","remainder":"Ceil"},"count_padding":true}}"#,
            Recipe::avg_pool([3, 3])
                .stride([2, 2])
                .padding(Padding::Same)
                .remainder(Remainder::Ceil)
                .count_padding(),
            [1, 4, 4],
        ),
        (r#""GlobalMaxPool""#, Recipe::GlobalMaxPool, [2, 4, 4]),
        (r#""GlobalAvgPool""#, Recipe::GlobalAvgPool, [2, 4, 4]),
        (
            r#"{"Upsample":{"factor":[2,3]}}"#,
            Recipe::Upsample { factor: [2, 3] },
            [2, 4, 4],
        ),
        (
            r#"{"Activation":"SoftSign"}"#,
            Recipe::Activation(Activation::SoftSign),
            [1, 4, 4],
        ),
        (r#"{"BatchNorm":{}}"#, Recipe::batch_norm(), [2, 4, 4]),
        (
            r#"{"BatchNorm":{"momentum":0.01,"epsilon":0.001}}"#,
            Recipe::batch_norm().momentum(0.01).epsilon(0.001),
            [2, 1, 1],
        ),
        (r#"{"LayerNorm":{}}"#, Recipe::layer_norm(), [2, 4, 4]),
        (
            r#"{"LayerNorm":{"epsilon":0.001}}"#,
            Recipe::layer_norm().epsilon(0.001),
            [2, 4, 4],
        ),
        (
            r#"{"Dropout":{"rate":0.25}}"#,
            Recipe::dropout(0.25),
            [2, 4, 4],
        ),
        (
            r#"{"Rescale":{"offset":[0.5],"scale":[2.0,4.0]}}"#,
            Recipe::rescale([0.5], [2.0, 4.0]),
            [2, 4, 4],
        ),
        (
            r#"{"Activation":{"Elu":0.5}}"#,
            Recipe::Activation(Activation::Elu(0.5)),
            [2, 4, 4],
        ),
        (r#"{"Chain":[]}"#, Recipe::Chain(vec![]), [1, 4, 4]),
        (
            r#"{"Branches":{"join":"Sum","branches":[{"Chain":[{"Named":{"name":"dropout","constants":{"rate":0.5}}}]},{"Chain":[]}]}}"#,
            Recipe::residual(vec![Recipe::named("dropout", [("rate", 0.5)])]),
            [1, 4, 4],
        ),
        (
            r#"{"Branches":{"join":"Concat","branches":[{"Activation":"Relu"},{"Activation":"Tanh"}]}}"#,
            Recipe::Branches {
                join: Join::Concat,
                branches: vec![
                    Recipe::Activation(Activation::Relu),
                    Recipe::Activation(Activation::Tanh),
                ],
            },
            [1, 4, 4],
        ),
    ]
}

/// Text, recipe and layer say the same; all of them together in a chain too.
#[test]
fn text_recipe_and_layer_agree() {
    for (text, recipe, input) in all() {
        assert_eq!(serde_json::from_str::<Recipe>(text).unwrap(), recipe);
        assert_eq!(serde_json::to_string(&recipe).unwrap(), text);
        assert_eq!(build(&recipe, input).unwrap(), recipe, "{text}");
    }
}

/// Usual values may be written as well.
#[test]
fn usual_values_may_be_written() {
    let text = r#"{"Conv": {"filters": 4, "groups": 1, "window": {"size": [3, 3], "stride": null, "padding": {"Both": [0, 0]}}, "activation": "Relu", "init": null}}"#;
    let recipe: Recipe = serde_json::from_str(text).unwrap();
    assert_eq!(recipe, Recipe::conv(4, [3, 3], Activation::Relu));
}

#[test]
fn texts_that_are_no_recipes() {
    for (text, expected) in [
        (
            r#"{"Dense":{"outputs":3,"activation":"Relu","units":3}}"#,
            "unknown field `units`",
        ),
        (
            r#"{"Dense":{"activation":"Relu"}}"#,
            "missing field `outputs`",
        ),
        (
            r#"{"Dense":{"outputs":-1,"activation":"Relu"}}"#,
            "invalid value",
        ),
        (
            r#"{"Dense":{"outputs":3,"activation":"Relu","init":{"Uniform":-1}}}"#,
            "`Init::Uniform(-1)`: the scale must be finite",
        ),
        (
            r#"{"Dense":{"outputs":3,"activation":{"LeakyRelu":7}}}"#,
            "slope 7",
        ),
        (r#"{"MaxPool":{"window":{"size":[2,2,2]}}}"#, "trailing"),
        (
            r#"{"MaxPool":{"window":{"size":[2,2],"padding":"Full"}}}"#,
            "unknown variant `Full`",
        ),
        (
            r#"{"MaxPool":{"window":{"size":[2,2],"strides":[1,1]}}}"#,
            "unknown field `strides`",
        ),
        (
            r#"{"Misfit":{"recipe":{"Chain":[]},"option":"stride"}}"#,
            "unknown variant `Misfit`",
        ),
        (r#"{"Lstm":{}}"#, "unknown variant `Lstm`"),
    ] {
        let error = serde_json::from_str::<Recipe>(text)
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn options_that_a_layer_does_not_have() {
    let relu = || Activation::Relu;
    for (recipe, message) in [
        (
            Recipe::dense(3, relu()).stride([2, 2]),
            "dense: takes no stride, but is given one: leave it out, or call it right after a convolution or a pooling layer",
        ),
        (
            Recipe::max_pool([2, 2]).groups(2),
            "max-pool: takes no groups, but is given one: leave it out, or call it right after a convolution",
        ),
        (
            Recipe::depthwise([2, 2], relu()).groups(2),
            "conv: takes no groups, but is given one: leave it out, or call it right after a convolution",
        ),
        (
            Recipe::max_pool([2, 2]).count_padding(),
            "max-pool: takes no count_padding, but is given one: leave it out, or call it right after average pooling",
        ),
        (
            Recipe::GlobalAvgPool.dilation([2, 2]),
            "global avg-pool: takes no dilation, but is given one: leave it out, or call it right after a convolution or a pooling layer",
        ),
        (
            Recipe::avg_pool([2, 2]).init(Init::HeNormal),
            "avg-pool: takes no init, but is given one: leave it out, or call it right after a dense layer or a convolution",
        ),
        (
            Recipe::Chain(vec![]).bias_init(Init::HeNormal),
            "chain: takes no bias_init, but is given one: leave it out, or call it right after a dense layer or a convolution",
        ),
        (
            Recipe::Activation(relu()).stride([2, 2]).padding([1, 1]),
            "activation: takes no padding, but is given one: leave it out, or call it right after a convolution or a pooling layer",
        ),
    ] {
        let error = build(&recipe, [1, 4, 4]).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert!(serde_json::to_string(&recipe).is_err(), "{recipe:?}");
        let error = build(&Recipe::residual(vec![recipe]), [1, 4, 4]).unwrap_err();
        assert_eq!(error.path, [0, 0]);
    }
}

fn nested(depth: usize) -> Recipe {
    (0..depth).fold(Recipe::Activation(Activation::Relu), |recipe, _| {
        Recipe::Chain(vec![recipe])
    })
}

/// 64 containers within one another and no more, however deep the recipe.
#[test]
fn depth_is_bounded() {
    assert_eq!(build(&nested(64), [1, 1, 1]).unwrap(), nested(64));
    for depth in [65, 1000] {
        let error = build(&nested(depth), [1, 1, 1]).unwrap_err();
        assert_eq!(error.fault, LayerFault::Depth { most: 64 });
        assert_eq!(error.path, [0; 64]);
    }
    // What a deserialiser takes is built, or refused; it does not overflow the stack.
    for depth in [10, 60, 63, 64, 100, 100_000] {
        let text = format!("{}{}", r#"{"Chain":["#.repeat(depth), "]}".repeat(depth));
        let read = serde_json::from_str::<Recipe>(&text);
        assert_eq!(read.is_ok(), depth <= 63, "{depth}");
        assert!(read.is_err() || build(&read.unwrap(), [1, 1, 1]).is_ok());
    }
    // Beside one another there may be any number.
    let wide = Recipe::Chain(vec![nested(63); 10]);
    assert!(build(&wide, [1, 1, 1]).is_ok());
}

#[test]
fn names_are_looked_up() {
    let shape = Shape::vector(3).unwrap();
    let relu = || Activation::Relu;
    let registry = Registry::<f64>::default()
        .layer("gate", move |shape, constants| {
            assert_eq!(constants.get("rate"), Some(0.5));
            Ok(Arc::new(ActivationLayer::new(shape, relu())?))
        })
        .layer("two", |_, _| {
            let two = Shape::vector(2)?;
            Ok(Arc::new(ActivationLayer::new(two, Activation::Relu)?))
        });
    let gate = Recipe::named("gate", [("rate", 0.5)]);
    assert_eq!(gate.on(shape, &registry).unwrap().spec().name, "relu");
    let error = |recipe: Recipe| {
        let chain = Recipe::Chain(vec![Recipe::dense(3, Activation::Relu), recipe]);
        chain.on(shape, &registry).unwrap_err().to_string()
    };
    assert_eq!(
        error(Recipe::named("gates", [])),
        "layer 1 (gates): there is no layer of this name in the registry, which knows \"gate\", \"two\": did you mean \"gate\"?"
    );
    assert_eq!(
        error(Recipe::named("two", [])),
        "layer 1 (two): reads samples of 2, but samples of 3 come: make the layer for the shape that comes"
    );
    let seen = format!("{registry:?}");
    assert!(seen.contains("gate") && seen.contains("two"), "{seen}");
}

/// What a network of pictures says when a size does not fit, however deep the layer.
#[test]
fn errors_carry_the_way_to_the_layer() {
    let conv = Recipe::conv(8, [5, 5], Activation::Relu).stride([3, 3]);
    let deep = Recipe::Chain(vec![
        Recipe::Activation(Activation::Relu),
        Recipe::residual(vec![Recipe::Activation(Activation::Relu), conv]),
    ]);
    let error = build(&deep, [1, 28, 28]).unwrap_err();
    assert_eq!(error.path, [1, 0, 1]);
    assert_eq!(
        error.to_string(),
        "layer 1.0.1 (conv 5x5, stride 3x3): the last window must end at the edge of the input 1x28x28, but 2 rows and 2 columns are \
         left over: pad by 2, or use a filter of 4x4 or 7x7, or an input of 26x26 or 29x29, or choose `Remainder::Floor` or `Ceil`"
    );
}

#[test]
fn constants_that_are_required_are_handed_over() {
    let registry = Registry::<f64>::default().layer("leak", |shape, constants| {
        let slope = constants.require("slope")?;
        assert_eq!(slope, 0.25);
        let layer = ActivationLayer::new(shape, Activation::LeakyRelu(slope))?;
        Ok(Arc::new(layer))
    });
    let made = |constants: Vec<(&str, f64)>| {
        let shape = Shape::vector(3).unwrap();
        Recipe::named("leak", constants).on(shape, &registry)
    };
    assert!(made(vec![("slope", 0.25)]).is_ok());
    let error = made(vec![]).unwrap_err().to_string();
    assert!(error.contains("slope"), "{error}");
}
