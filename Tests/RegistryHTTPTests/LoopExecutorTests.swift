import NIOCore
import NIOPosix
import RegistryCore
import Testing

@testable import RegistryHTTP

@Suite struct LoopExecutorTests {
    /// On an event loop, as a connection is.
    private actor OnLoop {
        let loop: any EventLoop
        let executor: LoopExecutor
        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

        init(_ loop: any EventLoop) {
            self.loop = loop
            executor = LoopExecutor(loop)
        }

        /// Whether it is on its loop, and what it calls is: at once, after it was resumed from another thread, and elsewhere.
        func whereabouts() async -> [Bool] {
            var found = [loop.inEventLoop, await isOnLoop()]
            await withCheckedContinuation { continuation in
                NIOSingletons.posixBlockingThreadPool.submit { _ in continuation.resume() }
            }
            found += [loop.inEventLoop, await isOnLoop()]
            let loop = loop
            found.append(await elsewhere { loop.inEventLoop })
            found.append(self.loop.inEventLoop)
            return found
        }

        @concurrent
        private func isOnLoop() async -> Bool { loop.inEventLoop }
    }

    @Test func `a task stays on its loop, but for what takes long`() async throws {
        let actor = OnLoop(MultiThreadedEventLoopGroup.singleton.next())
        let task = Task(executorPreference: actor.executor) { await actor.whereabouts() }
        #expect(await task.value == [true, true, true, true, false, true])
    }
}
