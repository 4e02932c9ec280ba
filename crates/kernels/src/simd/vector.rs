//! What all vectors can do.

/// The vector operations of one level on numbers of type `T`; a value of the implementing type (a token)
/// witnesses that the machine has the level's instructions.
///
/// Tokens come from the dispatcher in [`crate::dispatch`]; methods are meant for bodies that it compiles.
pub(crate) trait Simd<T>: Copy + Send + Sync + 'static {
    /// A vector of [`Self::LANES`] numbers.
    type V: Copy;
    /// Selects the first lanes of a vector.
    type Mask: Copy;
    /// Numbers in a vector.
    const LANES: usize;
    /// Vectors of half the width, or the same where there are none.
    type Half: Simd<T>;
    /// Whether there are any. In a condition on a constant alone, what is never run is not compiled.
    const HALVES: bool = <Self::Half as Simd<T>>::LANES < Self::LANES;
    /// Whether the machine has 32 vector registers, that a register tile has to fit into; else it has 16.
    const WIDE: bool;

    /// Rows and columns of the square that [`Self::transpose`] takes.
    const SQUARE: usize;

    /// The token of the narrower vectors.
    fn half(self) -> Self::Half;
    /// Calls `f` in a function of its own, which is compiled with this level's instructions.
    ///
    /// A body is inlined into its kernel, and compilers take more than twice the time for a function of twice the
    /// size: register tiles, which exist in many sizes, are called instead. `f` is `#[inline(always)]` and best
    /// `move`, of values that fit into registers.
    fn call<R>(self, f: impl FnOnce() -> R) -> R;
    /// `x` in every lane.
    fn splat(self, x: T) -> Self::V;
    /// 0 in every lane.
    fn zero(self) -> Self::V;
    /// Reads a vector.
    ///
    /// # Safety
    /// `p` is valid for reading `LANES` numbers; it need not be aligned to more than `T` is.
    unsafe fn load(self, p: *const T) -> Self::V;
    /// Writes a vector.
    ///
    /// # Safety
    /// `p` is valid for writing `LANES` numbers.
    unsafe fn store(self, p: *mut T, v: Self::V);
    /// The first `n` lanes; all of them if `n >= LANES`.
    fn first(self, n: usize) -> Self::Mask;
    /// Reads the selected lanes, 0 in the others.
    ///
    /// # Safety
    /// `p` is valid for reading as many numbers as the mask selects.
    unsafe fn load_masked(self, p: *const T, mask: Self::Mask) -> Self::V;
    /// Writes the selected lanes and leaves the memory of the others alone.
    ///
    /// # Safety
    /// `p` is valid for writing as many numbers as the mask selects.
    unsafe fn store_masked(self, p: *mut T, mask: Self::Mask, v: Self::V);
    /// `a + b`
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a - b`
    fn sub(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a b`
    fn mul(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a b + c`, rounded once where the machine has such an instruction, else after each operation.
    fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// The larger of two numbers in each lane; `b` where one of them is NaN, or both are zeros.
    fn max(self, a: Self::V, b: Self::V) -> Self::V;
    /// The smaller of two numbers in each lane; `b` where one of them is NaN, or both are zeros.
    fn min(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a / b`
    fn div(self, a: Self::V, b: Self::V) -> Self::V;
    /// Square root.
    fn sqrt(self, a: Self::V) -> Self::V;
    /// `x` in the lanes where `a < b`, else `y`, also where one of `a` and `b` is NaN.
    fn select_less(self, a: Self::V, b: Self::V, x: Self::V, y: Self::V) -> Self::V;
    /// The bits that both have.
    fn bits_and(self, a: Self::V, b: Self::V) -> Self::V;
    /// The bits that one or both have.
    fn bits_or(self, a: Self::V, b: Self::V) -> Self::V;
    /// The sum of the bits as integers, without overflow.
    fn bits_add(self, a: Self::V, b: Self::V) -> Self::V;
    /// The bits moved up by the length of the mantissa: the lowest ones become sign and exponent.
    fn bits_to_exponent(self, a: Self::V) -> Self::V;
    /// The bits moved down by the length of the mantissa: sign and exponent become the lowest ones.
    fn bits_from_exponent(self, a: Self::V) -> Self::V;
    /// The sum of all lanes: the upper half is added to the lower one until one lane is left.
    fn reduce_add(self, v: Self::V) -> T;
    /// The sums of eight vectors, each in the order of [`Self::reduce_add`].
    fn reduce_add_8(self, v: [Self::V; 8]) -> [T; 8];
    /// Asks for the cache line at `p`, which may be any address, to be brought near.
    fn prefetch(self, p: *const T);
    /// Copies the transpose of a `SQUARE x SQUARE` matrix whose rows lie `src_stride` numbers apart, to rows
    /// `dst_stride` apart.
    ///
    /// # Safety
    /// All rows of `src` are valid for reading, all rows of `dst` for writing, and they do not overlap.
    unsafe fn transpose(self, src: *const T, src_stride: usize, dst: *mut T, dst_stride: usize);
}
