"""GET /livez with Flask, as its documentation shows it."""
from flask import Flask, jsonify

app = Flask(__name__)


@app.get("/livez")
def livez():
    return jsonify(status="pass")
