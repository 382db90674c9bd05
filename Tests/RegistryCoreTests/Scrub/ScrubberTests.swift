import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import MetadataSQL
@testable import RegistryCore

struct ScrubberTests {
    @Test(arguments: [1, 4, 50])
    func `everything is read, and nothing is found where nothing is wrong`(_ jobs: Int) async throws {
        try await MovingWorld.with { world in
            let digests = try await world.fill()
            let log = MovingWorld.ScrubLog()
            let scrubber = world.scrubber(log, jobs: jobs)
            try await scrubber.run()
            let progress = try #require(try world.progress())
            #expect(progress == scrubber.progress)
            #expect(progress.state == .finished && progress.finished != nil)
            #expect(progress.checked == progress.total && progress.checked.blobs == 20)
            #expect(progress.position == digests.last)
            #expect(scrubber.bytesRead == progress.total.bytes)
            #expect(progress.damaged == 0 && log.texts == [])
        }
    }

    enum Damage: String, CaseIterable {
        case missing, cut, longer, changed, unreadableDevice
    }

    @Test(arguments: Damage.allCases)
    func `damage is found, with the images that need it`(_ damage: Damage) async throws {
        try await MovingWorld.with { world in
            try await world.fill()
            let digest = try await world.push("layer")
            let config = try await world.push("{}")
            try await world.pushImage(config, [digest], as: "v1", "v2")
            let object = try #require(try world.object(digest))
            switch damage {
            case .missing: _ = await world.source.delete([object.key])
            case .cut: try world.replace(digest, by: "laye")
            case .longer: try world.replace(digest, by: "layers")
            case .changed: try world.replace(digest, by: "lAyer")
            case .unreadableDevice:
                world.source.before { step in
                    if case .read(let read) = step, read.key == object.key {
                        throw StorageError(.objectDamaged, "read: Input/output error")
                    }
                }
            }
            let log = MovingWorld.ScrubLog()
            let scrubber = world.scrubber(log)
            try await scrubber.run()
            #expect(try world.damages() == [digest])
            #expect(log.texts == ["damaged"])
            let found = try #require(log.damaged.first)
            #expect(found.images == ["alice/app:v1", "alice/app:v2"] && found.moreImages == 0)
            #expect(found.repositories == [world.app] && found.copies == [])
            let words =
                switch damage {
                case .missing: "is not there"
                case .cut: "4 bytes"
                case .longer: "6 bytes"
                case .changed: "its content has digest sha256:"
                case .unreadableDevice: "Input/output error"
                }
            #expect(found.damage.reason.contains(words), "\(found.damage.reason)")
            #expect(scrubber.progress.damaged == 1 && scrubber.progress.checked.blobs == 22)
        }
    }

    @Test func `what is as it ought to be again is not damaged any more`() async throws {
        try await MovingWorld.with { world in
            let digests = try await world.fill()
            try world.replace(digests[3], by: "other")
            try await world.scrubber().run()
            #expect(try world.damages() == [digests[3]])
            try world.replace(digests[3], by: nil)
            let log = MovingWorld.ScrubLog()
            try await world.scrubber(log).run()
            #expect(try world.damages() == [])
            #expect(log.texts == ["passed"])
        }
    }

    @Test func `what is wrong only once is not damage`() async throws {
        try await MovingWorld.with { world in
            let digests = try await world.fill()
            let object = try #require(try world.object(digests[3]))
            let reads = Mutex(0)
            world.source.before { step in
                guard case .read(let read) = step, read.key == object.key else { return }
                let isFirst = reads.withLock { reads in
                    reads += 1
                    return reads == 1
                }
                if isFirst { throw StorageError(.objectMissing, "a moment of weakness") }
            }
            let log = MovingWorld.ScrubLog()
            try await world.scrubber(log).run()
            #expect(reads.withLock { $0 } == 2)
            #expect(try world.damages() == [] && log.texts == [])
        }
    }

    @Test(arguments: [StorageError.Code.unavailable, .slowDown])
    func `a backend that is away is waited for, and nothing is damaged`(_ code: StorageError.Code) async throws {
        try await MovingWorld.with { world in
            try await world.fill()
            let isDown = Mutex(true)
            world.source.before { _ in
                if isDown.withLock({ $0 }) { throw StorageError(code, "away") }
            }
            world.time.onPause { number in if number == 6 { isDown.withLock { $0 = false } } }
            let log = MovingWorld.ScrubLog()
            let scrubber = world.scrubber(log, jobs: 2)
            try await scrubber.run()
            // Once more if one of the two heard of an error of before only after the other was through.
            let once = ["waiting for old", "old is back"]
            #expect(log.texts == once || log.texts == once + once)
            #expect(try world.damages() == [] && scrubber.progress.checked.blobs == 20)
        }
    }

    @Test func `a folder that is not the storage any more is no damage`() async throws {
        try await MovingWorld.with { world in
            try await world.fill()
            let isDown = Mutex(true)
            world.source.before { step in
                guard isDown.withLock({ $0 }) else { return }
                switch step {
                case .read: throw StorageError(.objectMissing, "nothing is there")
                case .ready: throw StorageError(.unavailable, "is it mounted?")
                default: return
                }
            }
            world.time.onPause { number in if number == 3 { isDown.withLock { $0 = false } } }
            let log = MovingWorld.ScrubLog()
            try await world.scrubber(log, jobs: 1).run()
            #expect(log.texts == ["waiting for old", "old is back"])
            #expect(try world.damages() == [])
        }
    }

    @Test func `what cannot be read is told, and is neither damaged nor good`() async throws {
        try await MovingWorld.with { world in
            let digests = try await world.fill()
            try world.replace(digests[3], by: "other")
            try await world.scrubber().run()
            world.source.before { step in
                if case .read = step { throw StorageError(.failed, "the clocks are too far apart") }
            }
            let log = MovingWorld.ScrubLog()
            let scrubber = world.scrubber(log)
            try await scrubber.run()
            #expect(scrubber.unreadable == 20)
            #expect(Set(log.texts) == ["unreadable"])
            #expect(try world.damages() == [digests[3]])
        }
    }

    @Test func `a blob that goes or moves while it is read is not damaged`() async throws {
        try await MovingWorld.with { world in
            let digests = try await world.fill()
            let object = try #require(try world.object(digests[3]))
            world.source.before { [world] step in
                guard case .read(let read) = step, read.key == object.key else { return }
                // As garbage collection does.
                let sql = "DELETE FROM blobs WHERE digest = '\(digests[3])'"
                try await world.store.write("collecting") { try $0.run(sql) }
                throw StorageError(.objectMissing, "gone")
            }
            let log = MovingWorld.ScrubLog()
            try await world.scrubber(log).run()
            #expect(try world.damages() == [] && log.texts == [])
        }
    }

    @Test func `it reads no faster than it may`() async throws {
        try await MovingWorld.with { world in
            try await world.push(String(repeating: "a", count: 100_000))
            try await world.push(String(repeating: "b", count: 100_000))
            try await world.scrubber(jobs: 1, rate: 10_000).run()
            // What the first takes, the second waits for; half a second may be caught up with.
            #expect(world.time.pauses == [.milliseconds(9500)])
        }
    }
}
