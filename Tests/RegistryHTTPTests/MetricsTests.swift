import RegistryCore
import Synchronization
import Testing

@testable import RegistryHTTP

@Suite struct MetricsTests {
    private func entry(_ method: String, _ route: String, _ status: Int, sent: Int64 = 0) -> AccessEntry {
        AccessEntry(
            method: method, route: route, repository: nil, status: status, received: 7, sent: sent,
            duration: .milliseconds(250), requestID: "1", client: "c", failure: nil)
    }

    private final class Spy: AccessLog {
        let entries = Synchronization.Mutex(0)
        func record(_ entry: AccessEntry) { entries.withLock { $0 += 1 } }
    }

    @Test func `requests are counted by route, method and status, and logged`() {
        let (counts, spy) = (RequestCounts(), Spy())
        let log = CountingAccessLog(counts, before: spy)
        log.record(entry("GET", "blob", 200, sent: 100))
        log.record(entry("GET", "blob", 200, sent: 23))
        log.record(entry("GET", "blob", 404))
        log.record(entry("BREW", "unknown", 405))
        log.record(entry("-", "unknown", 405))
        #expect(spy.entries.withLock { $0 } == 5)
        var text = MetricsText()
        text.append(counts.all)
        #expect(
            text.text == """
                # HELP registryd_http_requests_total Requests that were answered.
                # TYPE registryd_http_requests_total counter
                registryd_http_requests_total{route="blob",method="GET",code="200"} 2
                registryd_http_requests_total{route="blob",method="GET",code="404"} 1
                registryd_http_requests_total{route="unknown",method="other",code="405"} 2
                # HELP registryd_http_received_bytes_total Bytes of requests' bodies.
                # TYPE registryd_http_received_bytes_total counter
                registryd_http_received_bytes_total{route="blob"} 21
                registryd_http_received_bytes_total{route="unknown"} 14
                # HELP registryd_http_sent_bytes_total Bytes of answers' bodies.
                # TYPE registryd_http_sent_bytes_total counter
                registryd_http_sent_bytes_total{route="blob"} 123
                registryd_http_sent_bytes_total{route="unknown"} 0
                # HELP registryd_http_request_duration_seconds From a request's head to the end of its answer.
                # TYPE registryd_http_request_duration_seconds summary
                registryd_http_request_duration_seconds_sum{route="blob"} 0.75
                registryd_http_request_duration_seconds_count{route="blob"} 3
                registryd_http_request_duration_seconds_sum{route="unknown"} 0.5
                registryd_http_request_duration_seconds_count{route="unknown"} 2

                """)
    }

    @Test func `a migration is running while it says so`() {
        var progress = MigrationProgress(
            source: "disk", target: "minio", total: BlobCount(blobs: 10, bytes: 1000),
            started: Timestamp(milliseconds: 0))
        progress.copied = BlobCount(blobs: 4, bytes: 400)
        progress.failed = 1
        func running(_ progress: MigrationProgress, at milliseconds: Int64) -> String? {
            var text = MetricsText()
            text.append([progress], at: Timestamp(milliseconds: milliseconds))
            return text.text.split(separator: "\n").first { $0.hasPrefix("registryd_migration_running{") }.map(
                String.init)
        }
        let sample = "registryd_migration_running{from=\"disk\",to=\"minio\"}"
        #expect(running(progress, at: 60_000) == "\(sample) 1")
        #expect(running(progress, at: 60_001) == "\(sample) 0")
        progress.state = .finished
        #expect(running(progress, at: 0) == "\(sample) 0")
        var text = MetricsText()
        text.append([progress], at: Timestamp(milliseconds: 0))
        for line in [
            "registryd_migration_blobs{from=\"disk\",to=\"minio\",state=\"total\"} 10",
            "registryd_migration_blobs{from=\"disk\",to=\"minio\",state=\"copied\"} 4",
            "registryd_migration_blobs{from=\"disk\",to=\"minio\",state=\"failed\"} 1",
            "registryd_migration_bytes{from=\"disk\",to=\"minio\",state=\"total\"} 1000",
            "registryd_migration_bytes{from=\"disk\",to=\"minio\",state=\"copied\"} 400",
            "# TYPE registryd_migration_blobs gauge",
        ] {
            #expect(text.text.split(separator: "\n").contains(line[...]), "\(text.text)")
        }
    }

    @Test func `nothing is said of migrations before there was one`() {
        var text = MetricsText()
        text.append([MigrationProgress](), at: Timestamp(milliseconds: 0))
        #expect(text.text.isEmpty)
    }

    @Test func `labels are escaped`() {
        var text = MetricsText()
        text.sample("a", ["b": "c\\d\"e\nf"], value: 1)
        #expect(text.text == "a{b=\"c\\\\d\\\"e\\nf\"} 1\n")
    }

    @Test func `the memory in RAM is told`() throws {
        #expect(try #require(residentMemory()) > 1 << 20)
    }
}
