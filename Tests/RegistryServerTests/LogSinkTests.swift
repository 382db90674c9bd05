import Dispatch
import Logging
import RegistryHTTP
import Testing

@testable import RegistryServer

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

struct LogSinkTests {
    private func sink(_ pipe: Pipe, capacity: Int = 1 << 20, threshold: Int = 64 << 10, delay: Int = 100) -> LogSink {
        LogSink(
            LogOutput(descriptor: pipe.writing), capacity: capacity, threshold: threshold, delay: .milliseconds(delay)
        ) { count, buffer in
            buffer.appendPlain("dropped \(count)\n")
        }
    }

    @Test func `lines come out in order and completely at the end`() throws {
        let pipe = try Pipe()
        let sink = sink(pipe)
        for number in 0..<1000 { sink.write { $0.appendPlain("line \(number)\n") } }
        sink.close()
        close(pipe.writing)
        #expect(pipe.all() == (0..<1000).map { "line \($0)\n" }.joined())
    }

    @Test func `a line is written without being asked for, in time`() throws {
        let pipe = try Pipe()
        let sink = sink(pipe, delay: 1)
        sink.write { $0.appendPlain("first\n") }
        #expect(pipe.next() == Array("first\n".utf8))
        sink.write { $0.appendPlain("second\n") }
        #expect(pipe.next() == Array("second\n".utf8))
        sink.close()
        close(pipe.writing)
    }

    // The delay is longer than any test: only haste can bring these lines out.
    @Test func `an urgent line does not wait for others`() throws {
        let pipe = try Pipe()
        let sink = sink(pipe, delay: 3_600_000)
        sink.write { $0.appendPlain("quiet\n") }
        sink.write(urgent: true) { $0.appendPlain("urgent\n") }
        var text = ""
        while !text.contains("urgent") { text += String(decoding: try #require(pipe.next()), as: UTF8.self) }
        #expect(text == "quiet\nurgent\n")
        sink.close()
        close(pipe.writing)
    }

    @Test func `a full buffer does not wait for others`() throws {
        let pipe = try Pipe()
        let sink = sink(pipe, threshold: 1000, delay: 3_600_000)
        for _ in 0..<100 { sink.write { $0.appendPlain("ten bytes\n") } }
        #expect(pipe.next()?.isEmpty == false)
        sink.close()
        close(pipe.writing)
    }

    @Test func `a reader that sleeps costs lines, not memory, and is told how many`() throws {
        let pipe = try Pipe()
        let capacity = 256 << 10
        let sink = sink(pipe, capacity: capacity)
        let line = String(repeating: "x", count: 99) + "\n"
        var written = 0, largest = 0
        // Nobody reads: the pipe fills, then the buffer, and then lines are dropped.
        while sink.backlog.dropped < 10 {
            sink.write { $0.appendPlain(line) }
            written += 1
            largest = max(largest, sink.backlog.bytes)
        }
        // Over the capacity there is only the line that says how many were dropped.
        #expect(largest <= capacity + line.utf8.count)
        var text = ""
        var whole = 0, dropped = 0
        while whole + dropped < written {
            text += String(decoding: try #require(pipe.next()), as: UTF8.self)
            let lines = text.split(separator: "\n")
            whole = lines.count { $0 == line.dropLast() }
            dropped = text.last == "\n" ? lines.compactMap { Int($0.trimmingPrefix("dropped ")) }.reduce(0, +) : 0
        }
        #expect(whole + dropped == written)
        #expect(dropped >= 10)
        sink.close()
        close(pipe.writing)
    }

    @Test func `a line larger than the buffer is dropped whole`() throws {
        let pipe = try Pipe()
        let sink = sink(pipe, capacity: 100)
        sink.write { $0.appendPlain(String(repeating: "x", count: 101)) }
        sink.close()
        close(pipe.writing)
        #expect(pipe.all() == "dropped 1\n")
    }

    @Test func `a level from the configuration holds for loggers and requests, a reload changes it`() throws {
        let pipe = try Pipe()
        let logs = Logs(to: LogOutput(descriptor: pipe.writing), style: LogStyle(level: .warning, format: .json))
        let logger = logs.logger("test")
        var chatty = logger
        chatty.logLevel = .trace
        let access = SinkAccessLog(logs)
        func request(_ id: String, _ status: Int) {
            access.record(
                AccessEntry(
                    method: "GET", route: "blob", repository: nil, status: status, received: 0, sent: 0,
                    duration: .zero, requestID: id, client: "::1", failure: nil))
        }
        logger.info("not shown")
        chatty.trace("shown 1")
        request("not shown", 200)
        request("shown 2", 503)
        logs.style.change(level: .info, format: .text)
        logger.info("shown 3")
        request("shown4", 404)
        logs.sink.close()
        close(pipe.writing)
        let lines = pipe.all().split(separator: "\n")
        #expect(lines.map { $0.contains("not shown") } == [false, false, false, false])
        #expect(lines.map { $0.hasPrefix("{") } == [true, true, false, false])
        for (line, word) in zip(lines, ["shown 1", "shown 2", "shown 3", "shown4"]) { #expect(line.contains(word)) }
    }
}
