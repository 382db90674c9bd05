import TestSupport
import Testing

@testable import RegistryCore

struct PaceTests {
    @Test func `bytes go no faster than they may`() async throws {
        let time = FakeTime()
        let pace = Pace(bytesPerSecond: 1000, time.copyTime)
        let start = time.elapsed
        // As nobody has used the last half second, that is there to begin with.
        for _ in 0..<11 { try await pace.take(500) }
        #expect(time.elapsed - start == .seconds(4.5))
    }

    @Test func `who waited for something else catches up with half a second, and no more`() async throws {
        let time = FakeTime()
        let pace = Pace(bytesPerSecond: 1000, time.copyTime)
        try await pace.take(1)
        time.advance(.seconds(3600))
        let start = time.elapsed
        try await pace.take(500)
        try await pace.take(500)
        #expect(time.elapsed == start)
        try await pace.take(1)
        #expect(time.elapsed - start == .seconds(0.5))
    }

    @Test func `without a limit nobody waits`() async throws {
        let time = FakeTime()
        let pace = Pace(bytesPerSecond: nil, time.copyTime)
        for _ in 0..<100 { try await pace.take(1 << 30) }
        #expect(time.pauses == [])
    }

    @Test func `a migration keeps to its limit`() async throws {
        try await MovingWorld.with { world in
            try await world.fill()
            let start = world.time.elapsed
            let migrator = world.migrator(1, rate: 1024)
            try await migrator.run()
            #expect(migrator.progress.copied.blobs == 20)
            let bytes = Double(migrator.progress.copied.bytes)
            let seconds = (world.time.elapsed - start) / .seconds(1)
            // Nobody waits for what comes after the last, and the half second is there at the beginning.
            #expect(seconds >= (bytes - 2000) / 1024 - 0.5)
            #expect(seconds <= bytes / 1024)
        }
    }
}
