import NIOCore
import RegistryCore

extension StorageConformance {
    /// An upload stops and goes on.
    static let resuming: [ConformanceCase] = [
        ConformanceCase("goes on from a checkpoint in a later request") { fixture in
            let storage = try await fixture.make()
            let content = content(700_000)
            let plan = plan(content)
            let checkpoint = try await storage.patch(slice(content, 0..<300_000), plan)
            try expect(checkpoint.offset, is: 300_000, "the checkpoint's offset")
            let rest = slice(content, 300_000..<700_000)
            let object = try await storage.finish(rest, plan, from: checkpoint, as: digest(of: content))
            try await expect(storage, holds: content, at: object)
        },
        ConformanceCase("goes on from small checkpoints, many times") { fixture in
            let storage = try await fixture.make()
            let content = content(5000)
            let plan = UploadPlan(id: UploadID())
            var checkpoint: UploadCheckpoint?
            for start in stride(from: 0, to: 5000, by: 250) {
                checkpoint = try await storage.patch(slice(content, start..<start + 250), plan, from: checkpoint)
                try expect(checkpoint?.offset, is: Int64(start + 250), "the checkpoint's offset")
            }
            guard let checkpoint else { return }
            // The digest is known by now, as it is when a client closes an upload that it began without.
            let last = UploadPlan(id: plan.id, digest: digest(of: content))
            let object = try await storage.finish(ByteBuffer(), last, from: checkpoint, as: digest(of: content))
            try await expect(storage, holds: content, at: object)
        },
        ConformanceCase("goes on from large checkpoints") { fixture in
            let storage = try await fixture.make()
            let content = content(24 << 20)
            let plan = plan(content)
            var checkpoint: UploadCheckpoint?
            for start in stride(from: 0, to: 24 << 20, by: 6 << 20) {
                checkpoint = try await storage.patch(slice(content, start..<start + (6 << 20)), plan, from: checkpoint)
            }
            guard let checkpoint else { return }
            let object = try await storage.finish(ByteBuffer(), plan, from: checkpoint, as: digest(of: content))
            try await expect(storage, holds: content, at: object)
        },
        ConformanceCase("goes on after a checkpoint with the same upload object") { fixture in
            let storage = try await fixture.make()
            let content = content(900_000)
            let upload = try await storage.upload(plan(content))
            for start in stride(from: 0, to: 900_000, by: 300_000) {
                try await upload.append(slice(content, start..<start + 300_000))
                try expect(try await upload.checkpoint().offset, is: Int64(start + 300_000), "the checkpoint's offset")
                try expect(try await upload.checkpoint().offset, is: Int64(start + 300_000), "the same once more")
            }
            try await expect(storage, holds: content, at: try await upload.commit(as: digest(of: content)))
        },
        ConformanceCase("drops what came after the checkpoint") { fixture in
            for extra in [10, 400_000, 7_000_000] {
                let storage = try await fixture.make()
                let content = content(500_000)
                let plan = plan(content)
                let checkpoint = try await begin(storage, plan, slice(content, 0..<200_000), extra: extra)
                let rest = slice(content, 200_000..<500_000)
                let object = try await storage.finish(rest, plan, from: checkpoint, as: digest(of: content))
                try await expect(storage, holds: content, at: object)
            }
        },
        ConformanceCase("commits what the checkpoint holds and nothing else") { fixture in
            let storage = try await fixture.make()
            let content = content(200_000)
            let plan = plan(content)
            let checkpoint = try await begin(storage, plan, content, extra: 2_000_000)
            let object = try await storage.finish(ByteBuffer(), plan, from: checkpoint, as: digest(of: content))
            try await expect(storage, holds: content, at: object)
        },
        ConformanceCase("goes on twice from one checkpoint") { fixture in
            let storage = try await fixture.make()
            let content = content(500_000)
            let plan = plan(content)
            let checkpoint = try await storage.patch(slice(content, 0..<200_000), plan)
            _ = try await storage.patch(StorageTestKit.content(600_000, seed: 9), plan, from: checkpoint)
            let rest = slice(content, 200_000..<500_000)
            let object = try await storage.finish(rest, plan, from: checkpoint, as: digest(of: content))
            try await expect(storage, holds: content, at: object)
        },
        ConformanceCase("goes on from a checkpoint at offset 0") { fixture in
            let storage = try await fixture.make()
            let content = content(1000)
            let plan = plan(content)
            let checkpoint = try await storage.patch(ByteBuffer(), plan)
            try expect(checkpoint.offset, is: 0, "the checkpoint's offset")
            let object = try await storage.finish(content, plan, from: checkpoint, as: digest(of: content))
            try await expect(storage, holds: content, at: object)
        },
        ConformanceCase("goes on after a restart, or says that it cannot") { fixture in
            for size in [1, 100_000, 6_000_000] {
                let storage = try await fixture.make()
                let content = content(size + 50_000)
                let plan = plan(content)
                let checkpoint = try await begin(storage, plan, slice(content, 0..<size), extra: 300_000)
                let reopened = try await fixture.reopen(storage)
                let rest = slice(content, size..<size + 50_000)
                guard fixture.isPersistent else {
                    try await expect(.checkpointLost, "going on after a restart") {
                        _ = try await reopened.finish(rest, plan, from: checkpoint, as: digest(of: content))
                    }
                    continue
                }
                let object = try await reopened.finish(rest, plan, from: checkpoint, as: digest(of: content))
                try await expect(reopened, holds: content, at: object)
            }
        },
        ConformanceCase("says of an upload that was discarded that its checkpoint is lost") { fixture in
            for size in [1000, 8_000_000] {
                let storage = try await fixture.make()
                let content = content(size)
                let plan = plan(content)
                let checkpoint = try await storage.patch(content, plan)
                try await storage.discard(plan, checkpoint)
                try await expect(.checkpointLost, "going on") {
                    _ = try await storage.finish(ByteBuffer(), plan, from: checkpoint, as: digest(of: content))
                }
            }
        },
        ConformanceCase("goes on from its fallback, if it has one") { fixture in
            let storage = try await fixture.make()
            let content = content(24 << 20)
            let plan = plan(content)
            let upload = try await storage.upload(plan)
            try await upload.append(slice(content, 0..<20 << 20), piece: 256 << 10)
            let checkpoint = try await upload.checkpoint()
            try expect((0...checkpoint.offset).contains(checkpoint.fallback), "a fallback within the checkpoint")
            let isWhole = upload.partLength.map { checkpoint.fallback.isMultiple(of: $0) } ?? (checkpoint.fallback == 0)
            try expect(isWhole, "a fallback of whole parts")
            guard let back = try await storage.fallBack(plan, from: checkpoint) else { return }
            try expect(back.offset, is: checkpoint.fallback, "the offset of what it falls back to")
            let rest = slice(content, Int(back.offset)..<24 << 20)
            let object = try await storage.finish(rest, plan, from: back, as: digest(of: content))
            try await expect(storage, holds: content, at: object)
        },
        ConformanceCase("begins anew under an id that was used") { fixture in
            let storage = try await fixture.make()
            let content = content(400_000)
            let plan = plan(content)
            _ = try await storage.patch(StorageTestKit.content(900_000, seed: 3), plan)
            let object = try await storage.push(content, plan)
            try await expect(storage, holds: content, at: object)
            try expect(try await storage.allObjects(), is: [object], "the list of objects")
        },
    ]

    /// A request that makes `content` safe, goes on for `extra` bytes and is gone.
    private static func begin(
        _ storage: any BlobStorage,
        _ plan: UploadPlan,
        _ content: ByteBuffer,
        extra: Int
    ) async throws -> UploadCheckpoint {
        let upload = try await storage.upload(plan)
        try await upload.append(content)
        let checkpoint = try await upload.checkpoint()
        try await upload.append(StorageTestKit.content(extra, seed: 7), piece: 256 << 10)
        return checkpoint
    }
}
