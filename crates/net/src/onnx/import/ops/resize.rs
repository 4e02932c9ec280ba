//! Upsampling.

use gradflow_kernels::Real;
use gradflow_layers::Recipe;
use gradflow_tensor::Shape;

use crate::onnx::OnnxError;
use crate::onnx::import::flow::Kind;
use crate::onnx::import::reader::Reader;
use crate::onnx::import::view::View;

/// Every element repeated, by whole factors.
pub(super) fn upsample<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let x = reader.sample(&node, 0)?;
    // Where the middle of each new element lies, the element that covers it is taken: all these say so for whole factors.
    let nearest = match (
        node.text("coordinate_transformation_mode"),
        node.text("nearest_mode"),
    ) {
        _ if node.proto.op_type == "Upsample" => true,
        ("asymmetric" | "tf_half_pixel_for_nn", "floor") => true,
        (
            "" | "half_pixel" | "pytorch_half_pixel",
            "" | "round_prefer_floor" | "round_prefer_ceil",
        ) => true,
        _ => false,
    };
    if !(nearest && matches!(node.text("mode"), "" | "nearest")) {
        let came =
            ["mode", "coordinate_transformation_mode", "nearest_mode"].map(|name| node.text(name));
        return Err(node.refuse("the nearest element", came.join(", ")));
    }
    let rank = x.view.dims.len() + 1;
    let scales = match &*node.proto.op_type {
        "Upsample" => reader.optional(&node, 1)?,
        _ => reader.optional(&node, 2)?.filter(|scales| scales.len() > 0),
    };
    let factors: Option<Vec<f64>> = match scales {
        Some(scales) => (scales.len() == rank).then(|| scales.values::<f64>().collect()),
        None => reader.integers(&node, 3, "sizes")?.and_then(|sizes| {
            let dims = x.view.dims.iter().map(|dim| *dim as f64);
            let sized = sizes.len() == rank;
            let ratios = sizes
                .iter()
                .skip(1)
                .zip(dims)
                .map(|(size, dim)| *size as f64 / dim);
            sized.then(|| std::iter::once(1.0).chain(ratios).collect())
        }),
    };
    let whole = |factor: &f64| factor.fract() == 0.0 && (1.0..1e9).contains(factor);
    let axes = x.view.axes(x.shape).filter(|axes| axes.len() + 1 == rank);
    let (Some(factors), Some(axes)) = (factors.filter(|all| all.iter().all(whole)), axes) else {
        return Err(node.refuse("whole factors for rows and columns", "others"));
    };
    let mut factor = [1; 3];
    for (axes, by) in axes.iter().zip(&factors[1..]) {
        match axes[..] {
            _ if *by == 1.0 => {}
            [axis] => factor[axis] = *by as usize,
            _ => return Err(node.refuse("factors for rows and columns", "others")),
        }
    }
    if factors[0] != 1.0 || factor[0] != 1 {
        return Err(node.refuse("factors for rows and columns", "others"));
    }
    let [depth, vertical, horizontal] = x.shape.dims();
    let size = |size: usize, by: usize| {
        let more = size.checked_mul(by);
        more.ok_or_else(|| {
            node.refuse(
                "a picture that fits in memory",
                format!("{by} times {size}"),
            )
        })
    };
    let shape = Shape::new([
        depth,
        size(vertical, factor[1])?,
        size(horizontal, factor[2])?,
    ])?;
    let dims = x
        .view
        .dims
        .iter()
        .zip(&factors[1..])
        .map(|(dim, by)| dim * *by as usize);
    let view = View {
        order: x.view.order,
        dims: dims.collect(),
    };
    let factor = [factor[1], factor[2]];
    let kind = Kind::Layer(Recipe::Upsample { factor }, Vec::new(), Vec::new());
    reader.put(at, vec![x.step], kind, shape, view);
    Ok(())
}
