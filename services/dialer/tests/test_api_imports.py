"""Lists as files over HTTP."""

import asyncio
import csv
import io

import asyncpg
import pytest
from house import Client, House, a_draft

CSV = b"number,name\n+12025550143,Ana\n+1202,Bea\n"
FORM = (
    b'--XX\r\nContent-Disposition: form-data; name="options"\r\n\r\n{"delimiter": ";"}\r\n'
    b'--XX\r\nContent-Disposition: form-data; name="file"; filename="list.%s"\r\n'
    b"Content-Type: text/csv\r\n\r\n%s\r\n--XX--\r\n"
)


async def test_a_list_is_taken_in_and_worked_through(house: House, client: Client) -> None:
    campaign = await a_draft(client)

    answer = await client.upload(campaign, CSV)

    taken = answer.json()
    assert (answer.status_code, taken["state"], taken["bytes"]) == (202, "pending", len(CSV))
    assert answer.headers["location"] == f"/v1/imports/{taken['id']}"
    await house.jobs.work_once()
    done = await client.get(f"/v1/imports/{taken['id']}")
    assert (done["state"], done["rows_total"], done["accepted"], done["rejected"]) == (
        *("completed", 2, 1, 1),
    )
    assert (await client.get(f"/v1/campaigns/{campaign}/imports"))["data"] == [done]
    (error,) = (await client.get(done["errors_url"]))["data"]
    assert (error["row"], error["column"], error["code"]) == (3, "number", "invalid_length")
    assert (error["value_masked"], error["message"]) == (
        "+••02",
        "The number has too many or too few digits.",
    )


async def test_a_form_with_one_file_will_do(house: House, client: Client) -> None:
    campaign = await a_draft(client)
    body = FORM % (b"csv", b"number;name\n+12025550143;Ana")

    answer = await client.upload(campaign, body, "multipart/form-data; boundary=XX")

    assert answer.json()["options"]["delimiter"] == ";"
    await house.jobs.work_once()
    assert (await client.get(f"/v1/imports/{answer.json()['id']}"))["accepted"] == 1


async def test_a_files_name_says_that_it_is_lines_of_json(client: Client) -> None:
    campaign = await a_draft(client)
    body = FORM % (b"ndjson", b'{"number": "+12025550143"}')

    answer = await client.upload(campaign, body, "multipart/form-data; boundary=XX")

    assert answer.json()["format"] == "ndjson"


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (b"PK\x03\x04", "text/csv", 415, "compressed_list"),
        (b"\x1f\x8b\x08", "text/csv", 415, "compressed_list"),
        (CSV, "application/zip", 415, "unsupported_media_type"),
        (CSV, "", 415, "unsupported_media_type"),
        (b"--XX\r\n", "multipart/form-data; boundary=XX", 400, "malformed_form"),
        (CSV, "multipart/form-data", 400, "malformed_form"),
    ],
)
async def test_what_is_no_list_is_refused_and_nothing_of_it_kept(
    client: Client,
    connection: asyncpg.Connection,
    content: bytes,
    kind: str,
    status: int,
    code: str,
) -> None:
    campaign = await a_draft(client)

    answer = await client.upload(campaign, content, kind)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await connection.fetchval("SELECT count(*) FROM dialer.import_job") == 0


async def test_a_compressed_body_is_refused(client: Client) -> None:
    campaign = await a_draft(client)

    answer = await client.upload(campaign, CSV, Content_Encoding="gzip")

    assert answer.status_code == 415


@pytest.mark.parametrize("options", ["{", '{"delimiter": "x"}', '{"colour": 1}'])
async def test_options_that_mean_nothing_are_refused_before_the_list_comes(
    client: Client, connection: asyncpg.Connection, options: str
) -> None:
    campaign = await a_draft(client)

    answer = await client.http.post(
        f"/v1/campaigns/{campaign}/imports",
        params={"options": options},
        content=CSV,
        headers={
            "Authorization": f"Bearer {client.key}",
            "Idempotency-Key": "k",
            "Content-Type": "text/csv",
        },
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert await connection.fetchval("SELECT count(*) FROM dialer.import_job") == 0


async def test_a_list_that_is_sent_again_is_one_import(
    client: Client, connection: asyncpg.Connection
) -> None:
    campaign = await a_draft(client)

    first = await client.upload(campaign, CSV, Idempotency_Key="k")
    again = await client.upload(campaign, CSV, Idempotency_Key="k")
    other = await client.upload(campaign, CSV + b"x", Idempotency_Key="k")

    assert again.json()["id"] == first.json()["id"]
    assert other.status_code == 422
    assert await connection.fetchval("SELECT count(*) FROM dialer.import_job") == 1
    assert await connection.fetchval("SELECT count(*) FROM dialer.import_part") == 1


async def test_an_import_without_a_key_is_refused_before_the_list_comes(client: Client) -> None:
    campaign = await a_draft(client)

    answer = await client.upload(campaign, CSV, Idempotency_Key="")

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_invalid")


async def test_an_import_is_cancelled_and_forgets_its_list(
    house: House, client: Client, connection: asyncpg.Connection
) -> None:
    campaign = await a_draft(client)
    import_id = (await client.upload(campaign, CSV)).json()["id"]

    for _ in range(2):
        assert (await client.post(f"/v1/imports/{import_id}/cancel"))["state"] == "cancelled"

    assert not await house.jobs.work_once()
    assert await connection.fetchval("SELECT count(*) FROM dialer.import_part") == 0


async def test_the_importer_is_woken_by_an_upload(house: House, client: Client) -> None:
    campaign = await a_draft(client)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(house.jobs.run(), name="imports")
        import_id = (await client.upload(campaign, CSV)).json()["id"]
        async with asyncio.timeout(20):
            while (await client.get(f"/v1/imports/{import_id}"))["state"] != "completed":
                continue
        running.cancel()


async def test_error_reports_have_pages(house: House, client: Client) -> None:
    campaign = await a_draft(client)
    content = b"number\n" + b"".join(b"+120255%02d\n" % n for n in range(5))
    import_id = (await client.upload(campaign, content)).json()["id"]
    await house.jobs.work_once()

    path, rows = f"/v1/imports/{import_id}/errors?limit=2", []
    page = await client.get(path)
    while page["next_cursor"]:
        rows += [error["row"] for error in page["data"]]
        page = await client.get(f"{path}&cursor={page['next_cursor']}")
    rows += [error["row"] for error in page["data"]]

    assert rows == [2, 3, 4, 5, 6]


async def test_no_cell_of_an_error_report_is_a_formula(house: House, client: Client) -> None:
    campaign = await a_draft(client)
    content = b"=1+1,number,name\n,+1202,\n,=HYPERLINK(0),\n,@sum,\n,-1,\n,\t=1,\n"
    import_id = (await client.upload(campaign, content)).json()["id"]
    await house.jobs.work_once()

    answer = await client.send("GET", f"/v1/imports/{import_id}/errors.csv")

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0] == ["row", "column", "code", "message", "value_masked"]
    assert len(rows) == 6
    assert [row[4] for row in rows[1:]] == ["'+••02", "'=xxxxxxxxx(0)", "'@xxx", "'-1", "'=1"]


async def test_a_strangers_import_is_not_found(house: House, client: Client) -> None:
    campaign = await a_draft(client)
    import_id = (await client.upload(campaign, CSV)).json()["id"]
    stranger = await house.client(tenant="others")

    for path in ("", "/errors", "/errors.csv"):
        assert (await stranger.send("GET", f"/v1/imports/{import_id}{path}")).status_code == 404
