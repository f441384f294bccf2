//! The engine's settings. Those that differ from wasmtime's defaults say why.

use std::sync::Once;

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use super::{Abi, Slots};

/// Largest linear memory: the whole 32-bit space; the budget of the app refuses growth long before.
const MEMORY: usize = 4 << 30;
/// Bytes of each memory that stay resident in a free slot: what a request touched is reset in place, not unmapped
/// and faulted in again. Programs built by Rust have their data and heap just above the first MiB.
const MEMORY_RESIDENT: usize = 4 << 20;
const TABLE_RESIDENT: usize = 64 << 10;
const STACK_RESIDENT: usize = 16 << 10;
/// Stack of a fiber, and the part of it that wasm may use; host functions have the rest.
const STACK: usize = 2 << 20;
const WASM_STACK: usize = 1 << 20;

pub(super) fn engine(abi: Abi, slots: &Slots) -> wasmtime::Result<Engine> {
    static TOLD: Once = Once::new();
    let scan = pagemap_scan_is_there();
    if !scan {
        TOLD.call_once(|| {
            tracing::info!(
                "this kernel has no pagemap scan (Linux 6.7 has): instances are reset more slowly"
            );
        });
    }
    let mut pool = PoolingAllocationConfig::new();
    let n = slots.get();
    pool.total_component_instances(n)
        .total_core_instances(n.saturating_mul(4))
        .total_memories(n.saturating_mul(2))
        .total_tables(n.saturating_mul(2))
        .total_stacks(n.saturating_mul(2))
        .total_gc_heaps(n)
        .max_unused_warm_slots(n)
        // What a guest grew to is given back when it ends, not some instances later.
        .decommit_batch_size(1)
        .max_memory_size(MEMORY)
        .table_elements(100_000)
        // Components of Python, .NET and Go exceed the defaults.
        .max_component_instance_size(8 << 20)
        .max_core_instance_size(4 << 20)
        // One app may not drain the pool by itself.
        .max_memories_per_component(16)
        .max_tables_per_component(64)
        .max_core_instances_per_component(200)
        .linear_memory_keep_resident(if scan { MEMORY_RESIDENT } else { 64 << 10 })
        .table_keep_resident(TABLE_RESIDENT)
        .async_stack_keep_resident(STACK_RESIDENT)
        // Resets only the pages that were written.
        .pagemap_scan(Enabled::Auto);

    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .concurrency_support(abi == Abi::P3)
        .epoch_interruption(true)
        .async_stack_size(STACK)
        .max_wasm_stack(WASM_STACK)
        // What one tenant left on a stack, the next may not find there.
        .async_stack_zeroing(true)
        // Images of Python and JavaScript runtimes are larger than the default allows to be mapped.
        .memory_guaranteed_dense_image_size(128 << 20)
        // Only native profilers want it, and registering it is slow.
        .native_unwind_info(false)
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(100))
        .wasm_backtrace_details(wasmtime::WasmBacktraceDetails::Enable)
        // Not limited by the pool, and tier 2.
        .shared_memory(false)
        // A `memory.copy` of a 64-bit memory runs unbounded between two ticks.
        .wasm_memory64(false);
    Engine::new(&config)
}

/// The `PAGEMAP_SCAN` request came with Linux 6.7; the engine looks for itself, this is for sizes and the log.
fn pagemap_scan_is_there() -> bool {
    let release = rustix::system::uname();
    let release = release.release().to_string_lossy();
    let mut numbers = release.split(['.', '-']).map_while(|part| part.parse::<u32>().ok());
    (numbers.next(), numbers.next()) >= (Some(6), Some(7))
}
