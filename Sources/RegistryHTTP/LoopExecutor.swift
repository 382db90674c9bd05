internal import NIOCore

/// Runs an actor's code on an event loop.
///
/// It is the executor of the requests' tasks, too: a continuation resumes a task on the task's own executor, and from there it goes
/// to the actor's. For a task without one that is a thread of the global pool, which had to be woken to wake the loop.
final class LoopExecutor: SerialExecutor, TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute {
            job.runSynchronously(isolatedTo: self.asUnownedSerialExecutor(), taskExecutor: self.asUnownedTaskExecutor())
        }
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    func checkIsolated() { loop.preconditionInEventLoop() }
}
