import Testing

@testable import RegistryServer

struct AmountTests {
    @Test(arguments: [
        (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (102_400, "100 KiB"),
        (1_048_576, "1.0 MiB"), (8_804_682_957, "8.2 GiB"), (3 << 40, "3.0 TiB"), (5000 << 40, "5000 TiB"),
        // Not `1024.0 KiB`, nor `100.0 KiB`.
        (1_048_575, "1024 KiB"), (102_399, "100 KiB"),
    ])
    func `bytes are told in their unit`(_ count: Int64, _ text: String) {
        #expect(Amount.bytes(count) == text)
    }

    @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (12_345, "12,345"), (1_234_567, "1,234,567")])
    func `thousands are set apart`(_ number: Int, _ text: String) {
        #expect(Amount.count(number) == text)
    }

    @Test func `one is one`() {
        #expect(["blob", "object"].map { Amount.count(1, $0) } == ["1 blob", "1 object"])
        #expect([0, 2, 1000].map { Amount.count($0, "blob") } == ["0 blobs", "2 blobs", "1,000 blobs"])
    }

    @Test(arguments: [
        (-5, "0 s"), (0, "0 s"), (59, "59 s"), (60, "1 min 0 s"), (250, "4 min 10 s"), (3600, "1 h 0 min"),
        (7500, "2 h 5 min"), (360_000, "100 h 0 min"),
    ])
    func `time is told in its two largest units`(_ seconds: Int, _ text: String) {
        #expect(Amount.time(.seconds(seconds)) == text)
    }
}
