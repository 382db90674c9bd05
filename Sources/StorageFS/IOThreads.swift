import Dispatch
import NIOCore
import RegistryCore

/// The threads on which calls may block.
///
/// A pool of our own rather than NIO's: threads begin when they are needed, and the one that went idle last works next, so
/// that a quiet server has one or two of them with warm caches instead of all of them taking turns.
final class IOThreads: Sendable {
    /// 32: a disk that blocks holds one thread for each upload it blocks, so that with 8 or even 24 of them stuck for a second
    /// others still go on; and beyond a few dozen requests at once no disk gets faster. Most of the time few of them exist.
    static let defaultLimit = 32

    typealias Job = @Sendable () -> Void

    private let crew: Crew

    init(limit: Int = defaultLimit) { crew = Crew(limit: limit) }

    /// Jobs that were submitted still run; after them the threads end.
    deinit { crew.dismiss() }

    /// Runs `job` soon.
    func submit(_ job: @escaping Job) { crew.submit(job) }

    /// Runs `job` and returns what it returns. A cancelled task waits too: what the disk does cannot be called back.
    func run<T: Sendable>(_ job: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            crew.submit { continuation.resume(with: Result(catching: job)) }
        }
    }
}

private final class Crew: Sendable {
    private struct State {
        /// What waits because everybody is busy.
        var jobs = CircularBuffer<IOThreads.Job>()
        var idle: [Worker] = []
        var threads = 0
        var isDismissed = false
    }

    private final class Worker: Sendable {
        let bell = DispatchSemaphore(value: 0)
        let job: Mutex<IOThreads.Job?>

        init(_ job: @escaping IOThreads.Job) { self.job = Mutex(job) }

        func take() -> IOThreads.Job? { job.withLock { $0.take() } }
    }

    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    func submit(_ job: @escaping IOThreads.Job) {
        enum Next {
            case wake(Worker), spawn, wait
        }
        let next: Next = state.withLock { state in
            if let worker = state.idle.popLast() { return .wake(worker) }
            if state.threads < limit {
                state.threads += 1
                return .spawn
            }
            state.jobs.append(job)
            return .wait
        }
        switch next {
        case .wake(let worker):
            worker.job.withLock { $0 = job }
            worker.bell.signal()
        case .spawn:
            let worker = Worker(job)
            if !spawnThread({ [self] in work(worker) }) { runElsewhere(job) }
        case .wait:
            break
        }
    }

    func dismiss() {
        let idle = state.withLock { state in
            state.isDismissed = true
            defer { state.idle = [] }
            return state.idle
        }
        for worker in idle { worker.bell.signal() }
    }

    /// The system gave us no thread.
    private func runElsewhere(_ job: @escaping IOThreads.Job) {
        let isQueued = state.withLock { state in
            state.threads -= 1
            guard state.threads > 0 else { return false }
            // One may have gone idle since, and would not look again before its bell rings.
            state.jobs.append(job)
            state.idle.popLast().map { worker in
                worker.job.withLock { $0 = state.jobs.popFirst() }
                worker.bell.signal()
            }
            return true
        }
        // Blocking the caller is bad, never answering is worse.
        if !isQueued { job() }
    }

    private func work(_ worker: Worker) {
        while let job = worker.take() ?? next(for: worker) { job() }
    }

    private func next(for worker: Worker) -> IOThreads.Job? {
        enum Next {
            case job(IOThreads.Job), end, wait
        }
        let next: Next = state.withLock { state in
            if let job = state.jobs.popFirst() { return .job(job) }
            if state.isDismissed { return .end }
            state.idle.append(worker)
            return .wait
        }
        switch next {
        case .job(let job): return job
        case .end: return nil
        case .wait:
            worker.bell.wait()
            return worker.take()
        }
    }
}
