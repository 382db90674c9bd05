import RegistryCore
import Testing

@testable import RegistryServer

struct DoctorReportTests {
    private func report(_ codes: [StorageError.Code?]) -> DoctorReport {
        let findings = codes.map { code in
            code.map { Finding("put", .failed, "no", advice: "do", code: $0) } ?? Finding("get", .degraded, "slow")
        }
        return DoctorReport(backends: [.init(name: "minio", driver: "s3", isActive: true, findings: findings)])
    }

    @Test(
        arguments: [
            ([], nil), ([nil], nil), ([.failed], .failure), ([.full, nil], .failure), ([.unavailable], .unavailable),
            ([.failed, .slowDown], .unavailable), ([.unavailable, .misconfigured], .configuration),
        ] as [([StorageError.Code?], CommandFailure.Code?)])
    func `ends with what is worst`(_ codes: [StorageError.Code?], _ expected: CommandFailure.Code?) {
        #expect(report(codes).failure?.code == expected)
    }

    @Test func `is a table for people`() {
        let text = report([nil, .misconfigured]).text
        #expect(
            text == """
                minio (driver s3): new blobs go here
                  degraded  get  slow
                  failed    put  no
                                 → do

                one thing does not work

                """)
        #expect(report([.failed]).failure?.message == "storage.backends.minio: put: no; do")
    }

    @Test func `is JSON for programs`() {
        let json = report([nil]).tree.json
        for text in [#""ok": true"#, #""name": "minio""#, #""verdict": "degraded""#, #""advice": null"#] {
            #expect(json.contains(text), "\(json)")
        }
    }
}
