from __future__ import annotations


def test_the_list_and_the_page_stand(client):
    found = client.get("/v1/rankings").json()["rankings"]
    assert len(found) == 3
    document = client.get(f"/v1/rankings/{found[0]['as_of']}", params={"limit": 2}).json()
    assert [row["rank"] for row in document["groups"]] == [1, 2]
    assert "This week" in client.get("/").text
