//! How the elements of a sample of this library stand in a tensor of the file.

use gradflow_tensor::Shape;

/// The axes (depth, vertical, horizontal) in the order in which the file's row-major tensor goes through them, and how it divides the whole
/// into dimensions behind that of the samples.
///
/// `[N, depth, v, h]` is the order 0, 1, 2; `[N, v, h, depth]` is 1, 2, 0; what was flattened keeps its order and has one dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct View {
    pub(super) order: [usize; 3],
    pub(super) dims: Vec<usize>,
}

impl View {
    pub(super) fn vector(size: usize) -> Self {
        Self {
            order: [0, 1, 2],
            dims: vec![size],
        }
    }

    pub(super) fn picture(shape: Shape<3>) -> Self {
        Self {
            order: [0, 1, 2],
            dims: shape.dims().to_vec(),
        }
    }

    /// The axes behind each dimension; `None` if a dimension takes up a part of one.
    pub(super) fn axes(&self, shape: Shape<3>) -> Option<Vec<Vec<usize>>> {
        let sizes = self.order.map(|axis| shape.dims()[axis]);
        if self.dims == sizes {
            return Some(self.order.iter().map(|axis| vec![*axis]).collect());
        }
        let mut order = self.order.iter().filter(|axis| shape.dims()[**axis] > 1);
        let mut all = Vec::with_capacity(self.dims.len());
        for dim in &self.dims {
            let (mut product, mut axes) = (1, Vec::new());
            while product < *dim {
                let axis = *order.next()?;
                product *= shape.dims()[axis];
                axes.push(axis);
            }
            if product != *dim {
                return None;
            }
            all.push(axes);
        }
        Some(all)
    }

    /// The dimension that is the depth, and nothing else.
    pub(super) fn depth_axis(&self, shape: Shape<3>) -> Option<usize> {
        let axes = self.axes(shape)?;
        axes.iter().position(|axes| axes == &[0]).or_else(|| {
            // A depth of 1 that shows nowhere stands where pictures have it.
            let depth = shape.dims()[0];
            (depth == 1 && self.dims.first() == Some(&1)).then_some(0)
        })
    }

    /// Whether the elements stand in the order of this library.
    pub(super) fn is_natural(&self, shape: Shape<3>) -> bool {
        let mut long = self.order.iter().filter(|axis| shape.dims()[**axis] > 1);
        let mut last = None;
        long.all(|axis| {
            let rises = last < Some(*axis);
            last = Some(*axis);
            rises
        })
    }

    /// Whether this is `[N, depth, v, h]`, or `[N, depth, h]` of pictures of one row.
    pub(super) fn is_picture(&self, shape: Shape<3>) -> bool {
        let [depth, vertical, horizontal] = shape.dims();
        let dims = [depth, vertical, horizontal];
        let row = vertical == 1 && self.dims == [depth, horizontal];
        (self.dims == dims || row) && self.is_natural(shape)
    }

    /// Whether elements of two values of this shape stand at the same places.
    pub(super) fn is_like(&self, other: &Self, shape: Shape<3>) -> bool {
        let natural = self.is_natural(shape) && other.is_natural(shape);
        self.dims == other.dims && (self.order == other.order || natural)
    }

    /// With its dimensions in another order, each numbered from 0 behind that of the samples.
    pub(super) fn permuted(&self, shape: Shape<3>, by: &[usize]) -> Option<Self> {
        let axes = self.axes(shape)?;
        let mut order = Vec::with_capacity(3);
        let mut dims = Vec::with_capacity(by.len());
        for from in by {
            order.extend_from_slice(axes.get(*from)?);
            dims.push(self.dims[*from]);
        }
        // Axes of one element may stand anywhere.
        let rest: Vec<usize> = (0..3).filter(|axis| !order.contains(axis)).collect();
        order.extend(rest);
        let order = <[usize; 3]>::try_from(order).ok()?;
        Some(Self { order, dims })
    }

    /// For each element of the file's tensor in row-major order, its place in a sample of this library.
    pub(super) fn places(&self, shape: Shape<3>) -> impl Iterator<Item = usize> + use<> {
        let dims = shape.dims();
        let strides = [dims[1] * dims[2], dims[2], 1];
        let sizes = self.order.map(|axis| dims[axis]);
        let steps = self.order.map(|axis| strides[axis]);
        (0..sizes[0]).flat_map(move |a| {
            (0..sizes[1]).flat_map(move |b| {
                (0..sizes[2]).map(move |c| a * steps[0] + b * steps[1] + c * steps[2])
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_move_and_flatten() {
        let shape = Shape::new([3, 2, 4]).expect("small");
        let first = View::picture(shape);
        let last = first.permuted(shape, &[1, 2, 0]).expect("whole axes");
        assert_eq!((last.order, &*last.dims), ([1, 2, 0], &[2, 4, 3][..]));
        assert_eq!(
            (first.depth_axis(shape), last.depth_axis(shape)),
            (Some(0), Some(2))
        );
        assert!(first.is_picture(shape) && !last.is_picture(shape));
        // Element (1, 2) of channel 0 of [v, h, d].
        let flat = View {
            dims: vec![24],
            ..last.clone()
        };
        assert_eq!(flat.places(shape).nth((4 + 2) * 3), Some(4 + 2));
        assert_eq!(flat.places(shape).nth(1), Some(8));
        let back = last.permuted(shape, &[2, 0, 1]).expect("whole axes");
        assert_eq!(back, first);
        let odd = View {
            dims: vec![4, 6],
            ..first
        };
        assert_eq!(odd.axes(shape), None);
    }
}
