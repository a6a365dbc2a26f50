"""The committed protobuf code is what proto/ yields."""

from trunkline_cli import proto


def test_the_committed_code_is_what_the_proto_files_yield() -> None:
    assert proto.differences() == []


def test_generated_modules_import_each_other_inside_the_shared_library() -> None:
    code = "".join(proto.generate().values())

    assert "from trunkline.v1 import" not in code
    assert "'trunkline.events._pb.call_pb2'" in code
