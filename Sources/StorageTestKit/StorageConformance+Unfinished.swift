import NIOCore
import RegistryCore

extension StorageConformance {
    /// What a storage keeps of uploads that nobody may know of any more. One that lists none is taken to keep nothing.
    static let unfinished: [ConformanceCase] = [
        ConformanceCase("knows nothing of uploads that have ended") { fixture in
            for size in [0, 1000, 8_000_000] {
                let storage = try await fixture.make()
                let content = content(size)
                let (aborted, discarded) = (plan(content), plan(content))
                _ = try await storage.push(content)
                _ = try await storage.push(content, UploadPlan(id: UploadID()))
                let upload = try await storage.upload(aborted)
                try await upload.append(content, piece: 256 << 10)
                try await upload.abort()
                try await storage.discard(discarded, try await storage.patch(content, discarded))
                try expect(try await storage.allUnfinished(), is: [], "the unfinished uploads")
            }
        },
        ConformanceCase("drops an unfinished upload of which nothing but its id is known") { fixture in
            for size in [1000, 8_000_000] {
                let storage = try await fixture.make()
                let content = content(size)
                let object = try await storage.push(content)
                let begun = [plan(content), UploadPlan(id: UploadID())]
                for plan in begun { _ = try await storage.patch(content, plan) }
                let reopened = try await fixture.reopen(storage)
                let listed = try await reopened.allUnfinished()
                try expect(
                    listed.isSubset(of: begun.map(\.id)), "no unfinished uploads but those that began, not \(listed)")
                for id in listed { try await reopened.discard(UploadPlan(id: id), nil) }
                try expect(try await reopened.allUnfinished(), is: [], "the unfinished uploads")
                if fixture.isPersistent { try await expect(reopened, holds: content, at: object) }
            }
        },
    ]
}

extension BlobStorage {
    fileprivate func allUnfinished() async throws -> Set<UploadID> {
        var all: Set<UploadID> = []
        for try await id in unfinished() { all.insert(id) }
        return all
    }
}
