internal import Dispatch
internal import Foundation
internal import Glibc
internal import RegistryCore

/// The threads that hash passwords: that takes long, and would keep the threads that everybody shares from their work.
/// Addresses take turns (``FairQueue``).
final class HashingThreads: Sendable {
    typealias Job = @Sendable () -> Void

    /// One for each processor, and two at least, so that one user's slow hash does not hold up everybody. Not more
    /// than 16: each hash takes 16 MiB while it is made.
    static let usualCount = min(max(2, sysconf(CInt(_SC_NPROCESSORS_ONLN))), 16)

    private let crew: Crew
    private let count: Int

    init(count: Int = usualCount, queue: FairQueue<Job> = FairQueue()) {
        let crew = Crew(queue)
        for _ in 0..<count {
            let thread = Thread { crew.work() }
            thread.name = "passwords"
            thread.start()
        }
        self.crew = crew
        self.count = count
    }

    /// What waits still runs; after that the threads end.
    deinit { crew.dismiss(count) }

    /// How many jobs wait for a thread.
    var waiting: Int { crew.waiting }

    /// Runs `job` when it is the address's turn, and returns what it returns. Throws as
    /// ``FairQueue/append(_:of:)`` does.
    func run<T: Sendable>(for address: String, _ job: @escaping @Sendable () -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            do throws(RegistryError) {
                try crew.submit({ continuation.resume(returning: job()) }, of: address)
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}

private final class Crew: Sendable {
    private let jobs: Mutex<FairQueue<HashingThreads.Job>>
    /// Rings once for each job, and once for each thread that is to end.
    private let bell = DispatchSemaphore(value: 0)

    init(_ queue: FairQueue<HashingThreads.Job>) { jobs = Mutex(queue) }

    var waiting: Int { jobs.withLock { $0.count } }

    func submit(_ job: @escaping HashingThreads.Job, of address: String) throws(RegistryError) {
        try jobs.withLock { jobs throws(RegistryError) in try jobs.append(job, of: address) }
        bell.signal()
    }

    func dismiss(_ threads: Int) {
        for _ in 0..<threads { bell.signal() }
    }

    func work() {
        while true {
            bell.wait()
            // It rang for a job that is not there: the dismissal, which comes after all jobs.
            guard let job = jobs.withLock({ $0.next() }) else { return }
            job()
        }
    }
}
