import RegistryCore
import Testing

@testable import RegistryHTTP

struct ScrubMetricsTests {
    @Test func `damage is told of every backend, those that the configuration lacks, too`() {
        var text = MetricsText()
        text.append(damages: ["minio": 2, "attic": 1], on: ["minio", "disk"])
        #expect(
            text.text == """
                # HELP registryd_blobs_damaged Blobs that are known to be damaged on a backend.
                # TYPE registryd_blobs_damaged gauge
                registryd_blobs_damaged{backend="attic"} 1
                registryd_blobs_damaged{backend="disk"} 0
                registryd_blobs_damaged{backend="minio"} 2

                """)
    }

    @Test func `a scrub tells how far it is, and is running while it says so`() {
        var progress = ScrubProgress(
            backend: "disk", total: BlobCount(blobs: 10, bytes: 1000), started: Timestamp(milliseconds: 500))
        progress.checked = BlobCount(blobs: 4, bytes: 400)
        (progress.damaged, progress.repaired) = (3, 2)
        func samples(at milliseconds: Int64) -> [String] {
            var text = MetricsText()
            text.append(scrubs: [progress], at: Timestamp(milliseconds: milliseconds))
            return text.text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init)
        }
        let all = [
            #"registryd_scrub_running{backend="disk"} 1"#,
            #"registryd_scrub_blobs{backend="disk",state="total"} 10"#,
            #"registryd_scrub_blobs{backend="disk",state="checked"} 4"#,
            #"registryd_scrub_blobs{backend="disk",state="damaged"} 3"#,
            #"registryd_scrub_blobs{backend="disk",state="repaired"} 2"#,
            #"registryd_scrub_bytes{backend="disk",state="total"} 1000"#,
            #"registryd_scrub_bytes{backend="disk",state="checked"} 400"#,
            #"registryd_scrub_updated_time_seconds{backend="disk"} 0.5"#,
        ]
        #expect(samples(at: 60_500) == all)
        let silent = samples(at: 60_501)
        #expect(silent.first == #"registryd_scrub_running{backend="disk"} 0"#)
        progress.state = .finished
        progress.finished = Timestamp(milliseconds: 1500)
        let over = samples(at: 600)
        #expect(over.first == #"registryd_scrub_running{backend="disk"} 0"#)
        #expect(over.last == #"registryd_scrub_finished_time_seconds{backend="disk"} 1.5"#)
    }

    @Test(
        arguments: [
            ([:], "ready\n"), (["disk": 1], "ready; 1 blob on disk is damaged: registryd scrub\n"),
            (["disk": 2], "ready; 2 blobs on disk are damaged: registryd scrub\n"),
            (["minio": 1, "disk": 2], "ready; 2 blobs on disk, 1 blob on minio are damaged: registryd scrub\n"),
        ] as [([String: Int], String)])
    func `whoever asks whether the server is ready hears of damage`(_ damages: [String: Int], _ text: String) {
        #expect(AdminResponder.readiness(damages) == text)
    }
}
