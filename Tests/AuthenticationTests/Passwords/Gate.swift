import Dispatch
import RegistryCore
import Synchronization

@testable import Authentication

/// A job that keeps a hashing thread from the others, until the test opens it.
final class Gate: Sendable {
    private let isReached = Atomic(false)
    private let semaphore = DispatchSemaphore(value: 0)

    /// Hands in the job.
    func put<T: Sendable>(
        _ answer: T, before threads: HashingThreads, of address: String,
        in group: inout ThrowingTaskGroup<Result<T, RegistryError>, any Error>
    ) {
        group.addTask {
            try await outcome {
                try await threads.run(for: address) {
                    self.isReached.store(true, ordering: .relaxed)
                    self.semaphore.wait()
                    return answer
                }
            }
        }
    }

    /// Waits until a thread stands before it.
    func reached() async { await eventually { isReached.load(ordering: .relaxed) } }

    func open() { semaphore.signal() }
}
