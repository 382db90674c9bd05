internal import Dispatch
internal import Glibc
internal import RegistryCore

/// The threads that hash passwords: that takes long, and would keep the threads that everybody shares from their work.
final class HashingThreads: Sendable {
    /// One for each processor, and two at least, so that one user's slow hash does not hold up everybody. Not more
    /// than 16: each hash takes 16 MiB while it is made.
    static let usualCount = min(max(2, sysconf(CInt(_SC_NPROCESSORS_ONLN))), 16)

    private let crew: Crew
    private let count: Int

    /// - Parameter queue: How many may wait for a thread.
    init(count: Int = usualCount, queue: Int = 256) throws(RegistryError) {
        let crew = Crew(queue: queue)
        for started in 0..<count {
            guard spawnThread({ crew.work() }) else {
                crew.dismiss(started)
                throw RegistryError(.failed, "the system gives no thread to hash passwords with")
            }
        }
        self.crew = crew
        self.count = count
    }

    /// What waits still runs; after that the threads end.
    deinit { crew.dismiss(count) }

    /// Runs `job` and returns what it returns. Throws `unavailable` when too many wait already.
    func run<T: Sendable>(_ job: @escaping @Sendable () -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            guard !crew.submit({ continuation.resume(returning: job()) }) else { return }
            continuation.resume(
                throwing: RegistryError(.unavailable, "too many passwords wait to be checked; try again later"))
        }
    }
}

private final class Crew: Sendable {
    typealias Job = @Sendable () -> Void

    private let jobs = Mutex<[Job]>([])
    private let queue: Int
    /// Rings once for each job, and once for each thread that is to end.
    private let bell = DispatchSemaphore(value: 0)

    init(queue: Int) { self.queue = queue }

    /// False: the queue is full.
    func submit(_ job: @escaping Job) -> Bool {
        let isQueued = jobs.withLock { jobs in
            guard jobs.count < queue else { return false }
            jobs.append(job)
            return true
        }
        if isQueued { bell.signal() }
        return isQueued
    }

    func dismiss(_ threads: Int) {
        for _ in 0..<threads { bell.signal() }
    }

    func work() {
        while true {
            bell.wait()
            // It rang for a job that is not there: the dismissal, which comes after all jobs.
            guard let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else { return }
            job()
        }
    }
}
