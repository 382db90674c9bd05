import RegistryCore
import Testing

@testable import Authentication

struct FairQueueTests {
    private func all<T>(_ queue: inout FairQueue<T>) -> [T] {
        var all: [T] = []
        while let next = queue.next() { all.append(next) }
        return all
    }

    @Test func `addresses take turns, and each has its own order`() throws {
        var queue = FairQueue<String>()
        for text in ["a0", "a1", "a2", "a3", "b0", "c0", "c1"] { try queue.append(text, of: String(text.prefix(1))) }
        #expect(queue.count == 7)
        #expect(all(&queue) == ["a0", "b0", "c0", "a1", "c1", "a2", "a3"])
        #expect(queue.count == 0)
    }

    @Test func `who comes later waits for one of each other, also where its turn was before`() throws {
        var queue = FairQueue<String>()
        for text in ["b0", "a0", "a1", "a2"] { try queue.append(text, of: String(text.prefix(1))) }
        let first = [queue.next(), queue.next()]
        #expect(first == ["b0", "a0"])
        try queue.append("b1", of: "b")
        #expect(all(&queue) == ["a1", "b1", "a2"])
    }

    @Test func `an address that has too much waiting is refused, alone`() throws {
        var queue = FairQueue<Int>()
        for number in 0..<64 { try queue.append(number, of: "a") }
        let error = #expect(throws: RegistryError.self) { try queue.append(64, of: "a") }
        #expect(error?.code == .tooManyRequests)
        try queue.append(100, of: "b")
        #expect(all(&queue) == [0, 100] + Array(1..<64))
        try queue.append(65, of: "a")
        #expect(queue.count == 1)
    }

    @Test func `too many addresses are too many for all that have nothing waiting`() throws {
        var queue = FairQueue<Int>()
        for number in 0..<4096 { try queue.append(number, of: "\(number)") }
        let error = #expect(throws: RegistryError.self) { try queue.append(4096, of: "another") }
        #expect(error?.code == .unavailable)
        try queue.append(4097, of: "1")
        let first = queue.next()
        #expect(first == 0)
        try queue.append(4098, of: "another")
        #expect(all(&queue) == Array(1..<4096) + [4098, 4097])
    }
}
