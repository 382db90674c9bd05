/// Runs `body` on a thread of the global pool. What takes milliseconds is not to hold up an event loop, and `@concurrent` alone
/// does not see to that: the loop is also the executor of its requests' tasks.
package func elsewhere<T: Sendable>(_ body: @concurrent @Sendable () async throws -> T) async rethrows -> T {
    try await withTaskExecutorPreference(globalConcurrentExecutor, operation: body)
}
