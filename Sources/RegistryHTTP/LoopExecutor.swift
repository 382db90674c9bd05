internal import NIOCore

/// Runs an actor's code on an event loop.
///
/// NIO's own executor for event loops does not answer `isIsolatingCurrentContext`, so `Task.immediate` cannot tell that it
/// is where it should be, and enqueues: 3.8 µs a request instead of 0.35.
final class LoopExecutor: SerialExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    func isIsolatingCurrentContext() -> Bool? { loop.inEventLoop }

    func checkIsolated() { loop.preconditionInEventLoop() }
}
