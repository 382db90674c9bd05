import RegistryCore
import Testing

struct ByteCountTests {
    @Test(
        arguments: [
            ("0", 0), ("1", 1), ("512B", 512), ("1KiB", 1024), ("4KB", 4000), ("16MiB", 16 << 20), ("4MB", 4_000_000),
            ("1GiB", 1 << 30), ("2GB", 2_000_000_000), ("1TiB", 1 << 40), ("3TB", 3_000_000_000_000),
        ] as [(String, Int64)])
    func `a size prints as it was written`(_ text: String, _ bytes: Int64) throws {
        let size = try #require(ByteCount(text))
        #expect(size.bytes == bytes)
        #expect(size.description == text)
    }

    @Test(arguments: [
        "", "MiB", "-1", "+1", "1.5GiB", "1 MiB", "1mib", "16M", "1e3", "9223372036854775808", "9000000TiB",
    ])
    func `anything else is not a size`(_ text: String) {
        #expect(ByteCount(text) == nil)
    }

    @Test(
        arguments: [(0, "0"), (1000, "1000"), (4 << 20, "4MiB"), (1536, "1536"), (3 << 30, "3GiB")] as [(Int64, String)]
    )
    func `a computed size prints in the largest binary unit that fits`(_ bytes: Int64, _ text: String) {
        #expect(ByteCount(bytes: bytes).description == text)
    }
}

struct TimeSpanTests {
    @Test(
        arguments: [
            ("0s", .zero), ("250ms", .milliseconds(250)), ("15s", .seconds(15)), ("30m", .seconds(1800)),
            ("24h", .seconds(86_400)), ("90d", .seconds(90 * 86_400)),
        ] as [(String, Duration)])
    func `a length of time prints as it was written`(_ text: String, _ duration: Duration) throws {
        let span = try #require(TimeSpan(text))
        #expect(span.duration == duration)
        #expect(span.description == text)
    }

    @Test(arguments: ["", "s", "15", "-1s", "1.5h", "1h30m", "1 s", "1S", "1w", "9223372036854775807d"])
    func `anything else is not a length of time`(_ text: String) {
        #expect(TimeSpan(text) == nil)
    }

    @Test(
        arguments: [(0, "0s"), (250, "250ms"), (90_000, "90s"), (120_000, "2m"), (86_400_000, "1d")]
            as [(Int64, String)])
    func `a computed one prints in the largest unit that fits`(_ milliseconds: Int64, _ text: String) {
        #expect(TimeSpan(milliseconds: milliseconds).description == text)
    }
}
